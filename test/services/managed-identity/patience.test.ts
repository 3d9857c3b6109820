import { describe, expect, it } from '@jest/globals';

import { AzureFailure, type Missing } from '../../../services/managed-identity/failure.js';
import { persist, type Patience } from '../../../services/managed-identity/patience.js';

/** Tries something that fails in these ways one after another, the last one for ever, or gives a value. */
async function tried(outcomes: readonly (Missing | Error | 'ok')[], patience: Partial<Patience> = {}) {
  const waited: string[] = [];
  let attempts = 0;
  const attempt = async () => {
    const outcome = outcomes[Math.min(attempts++, outcomes.length - 1)]!;
    if (outcome === 'ok') return 'value';
    throw outcome instanceof Error ? outcome : new AzureFailure(outcome, `the ${outcome} is missing`);
  };
  const result = await persist(attempt, {
    forMs: 60_000,
    firstPauseMs: 1,
    onWaiting: ({ message }) => waited.push(message),
    ...patience,
  }).catch((error: Error) => error.message);
  return { result, waited, attempts };
}

describe('persistence', () => {
  it('tells what it waits for once, and again when that changes', async () => {
    const { result, waited } = await tried(['identity', 'identity', 'identity', 'role', 'role', 'ok']);
    expect(result).toBe('value');
    expect(waited).toEqual(['the identity is missing', 'the role is missing']);
  });

  it('ends with what is missing last', async () => {
    const { result, waited } = await tried(['identity', 'role'], { forMs: 20 });
    expect(result).toBe('the role is missing');
    expect(waited).toEqual(['the identity is missing', 'the role is missing']);
  });

  it('has less patience with some than with others', async () => {
    const forMissingMs = { secret: 0 };
    expect(await tried(['secret', 'ok'], { forMissingMs })).toMatchObject({
      result: 'the secret is missing',
      attempts: 1,
    });
    expect(await tried(['role', 'ok'], { forMissingMs })).toMatchObject({ result: 'value', attempts: 2 });
  });

  it('ends at once with what is no failure of Azure', async () => {
    expect(await tried([new Error('a mistake of ours'), 'ok'])).toEqual({
      result: 'a mistake of ours',
      waited: [],
      attempts: 1,
    });
  });

  it('ends when it is told to', async () => {
    const stop = new AbortController();
    const onWaiting = () => stop.abort(new Error('stopped'));
    const { result } = await tried(['role'], { firstPauseMs: 15_000, onWaiting, signal: stop.signal });
    expect(result).toBe('stopped');
  });
});
