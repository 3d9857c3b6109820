import { describe, expect, it } from '@jest/globals';

import { Ledger, type FailedTurn } from './ledger.js';

const failed = (turn: Partial<FailedTurn>): FailedTurn => ({
  tenant: 'acme',
  uses: ['struck/tenant/acme'],
  wellAt: 100,
  begun: 110,
  ended: 120,
  reason: 'gone',
  ...turn,
});

describe('the cause of a turn that failed', () => {
  const ledger = new Ledger();
  ledger.blows.push(
    { kind: 'kill-host', hits: ['struck/tenant/acme'], at: 115, healedAt: 130 },
    { kind: 'drain', hits: ['struck/tenant/globex', 'struck/pool/0'], at: 115, healedAt: 130 },
  );

  it('is what befell its runtime meanwhile, or while its session rested', () => {
    expect(ledger.causeOf(failed({}))?.kind).toBe('kill-host');
    expect(ledger.causeOf(failed({ begun: 140, ended: 150 }))?.kind).toBe('kill-host');
  });

  it('is nothing that came before or after, or to somebody else', () => {
    expect(ledger.causeOf(failed({ ended: 114 }))).toBeUndefined();
    expect(ledger.causeOf(failed({ wellAt: 131, begun: 140, ended: 150 }))).toBeUndefined();
    expect(ledger.causeOf(failed({ uses: ['spared/tenant/acme'] }))).toBeUndefined();
  });

  it('is never a stop that was to wait for it', () => {
    const uses = ['struck/tenant/globex'];
    const long = { wellAt: -2000, begun: -1000 };
    expect(ledger.causeOf(failed({ uses, ...long }))).toBeUndefined();
    expect(ledger.causeOf(failed({ uses }))?.kind).toBe('drain');
    expect(ledger.causeOf(failed({ uses, begun: 116 }))?.kind).toBe('drain');
    // Behind a gateway, the turn may have run on another replica.
    expect(ledger.causeOf(failed({ uses: ['struck/gateway', 'struck/pool/0'], ...long }))?.kind).toBe(
      'drain',
    );
  });
});
