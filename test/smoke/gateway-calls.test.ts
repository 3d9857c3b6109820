import { describe, expect, it } from '@jest/globals';

import { CODE } from '../../services/gateway/errors.js';
import { allowed, whyDenied, type Treatment } from '../../services/gateway/methods.js';
import { CALLS_WITH_ID } from '../../smoke/checks/foreign-session-is-absent.js';
import { FORBIDDEN_METHODS } from '../../smoke/checks/method-refused.js';
import { GATEWAY_CODE } from '../../smoke/gateway-codes.js';

/** What calls without the id of a session are treated as, and create, which takes an id that is not there. */
const WITHOUT_ID: readonly Treatment[] = ['handshake', 'any-replica', 'identity', 'create', 'list', 'last'];

describe('what the suite asks of a gateway', () => {
  it('has methods that are to be refused, and of every kind that is', () => {
    const reasons = Object.keys(FORBIDDEN_METHODS).map(whyDenied);
    expect(reasons).not.toContain(undefined);
    for (const kind of [
      'stops',
      'runs commands',
      'files',
      'sessions of every',
      'MCP',
      'plugins',
      'accounts',
    ]) {
      expect(reasons.some((why) => why?.includes(kind))).toBe(true);
    }
    expect(reasons.some((why) => why?.includes('handler for every session'))).toBe(true);
  });

  it('shuts a runtime down only after all else was refused', () => {
    expect(Object.keys(FORBIDDEN_METHODS).at(-1)).toBe('runtime.shutdown');
  });

  it('tries the id of another tenant in calls of every treatment that takes one', () => {
    const tried = Object.keys(CALLS_WITH_ID).map((method) => allowed(method)?.treatment);
    const all: Readonly<Record<Treatment, true>> = {
      handshake: true,
      'any-replica': true,
      identity: true,
      create: true,
      resume: true,
      list: true,
      last: true,
      metadata: true,
      delete: true,
      detach: true,
      turn: true,
      session: true,
      reply: true,
    };
    const wanted = (Object.keys(all) as Treatment[]).filter((treatment) => !WITHOUT_ID.includes(treatment));
    expect(new Set(tried)).toEqual(new Set(wanted));
  });

  it('goes by the codes that the gateway has', () => {
    expect(CODE).toMatchObject(GATEWAY_CODE);
  });
});
