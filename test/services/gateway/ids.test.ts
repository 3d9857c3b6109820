import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { inward, isSessionId, outward, outwardText, prefixOf } from '../../../services/gateway/ids.js';
import { rendezvous } from '../../../services/gateway/pool.js';

import { tenantIds } from '../../topology/arbitraries.js';

const sessionIds = fc.stringMatching(/^[A-Za-z0-9_-]{1,30}$/);

describe('ids of sessions', () => {
  it('of two tenants never meet upstream, and come back as they were', () => {
    fc.assert(
      fc.property(tenantIds, tenantIds, sessionIds, sessionIds, (a, b, first, second) => {
        const [one, other] = [inward(prefixOf(a), first), inward(prefixOf(b), second)];
        expect(one === other).toBe(a === b && first === second);
        expect(other.startsWith(prefixOf(a))).toBe(a === b);
        expect(outward(prefixOf(a), { sessionId: one })).toEqual({ sessionId: first });
      }),
    );
  });

  it.each(['', 'a b', 'a/b', 'a.b', 'ü', 'x'.repeat(151), 7, null, ['a'], { toString: () => 'a' }])(
    'are none: %j',
    (value) => {
      expect(isSessionId(value)).toBe(false);
    },
  );
});

describe('what a runtime says', () => {
  const prefix = prefixOf('acme');

  it('loses prefixes and paths wherever the protocol puts them', () => {
    expect(
      outward(prefix, {
        sessionId: 'acme__s',
        nativeSessionId: 'acme__s',
        workspacePath: '/var/lib/copilot/home/session-state/acme__s',
        session: { sessionId: 'acme__s', context: { cwd: '/app', repository: 'r' } },
        sessions: [{ sessionId: 'acme__s' }],
        events: [{ type: 'session.start', data: { sessionId: 'acme__s', context: { gitRoot: '/' } } }],
        input: { sessionId: 'acme__s', transcriptPath: '/x' },
      }),
    ).toEqual({
      sessionId: 's',
      nativeSessionId: 's',
      session: { sessionId: 's', context: { repository: 'r' } },
      sessions: [{ sessionId: 's' }],
      events: [{ type: 'session.start', data: { sessionId: 's', context: {} } }],
      input: { sessionId: 's' },
    });
    expect(outwardText(prefix, 'Session not found: acme__s')).toBe('Session not found: s');
  });

  it('keeps what belongs to the application', () => {
    const event = {
      type: 'external_tool.requested',
      data: { requestId: 'r', arguments: { sessionId: 'acme__s', cwd: '/mine', path: '/p' } },
    };
    const copy = structuredClone(event);
    expect(outward(prefix, { event })).toEqual({ event: copy });
  });
});

describe('rendezvous', () => {
  const choices = ['pool/0', 'pool/1', 'pool/2'].map((id) => ({ id }));

  it('is the same every time, spread, and moves only the share of a replica that goes', () => {
    const keys = Array.from({ length: 600 }, (_, n) => `acme__${n}`);
    const before = keys.map((key) => rendezvous(choices, key).id);
    expect(keys.map((key) => rendezvous([...choices].reverse(), key).id)).toEqual(before);
    for (const { id } of choices) expect(before.filter((home) => home === id).length).toBeGreaterThan(120);
    const after = keys.map((key) => rendezvous(choices.slice(0, 2), key).id);
    expect(after.filter((home, n) => before[n] !== 'pool/2' && home !== before[n])).toEqual([]);
  });
});
