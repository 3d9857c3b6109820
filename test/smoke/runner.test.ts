import type { CopilotClient } from '@github/copilot-sdk';
import { describe, expect, it } from '@jest/globals';

import { CheckFailure } from '../../smoke/check-failure.js';
import { oldTokenRefused } from '../../smoke/checks/old-token-refused.js';
import type { Check, Outcome, Result } from '../../smoke/model.js';
import { atGateway } from '../../smoke/party.js';
import { runChecks, type RunOptions } from '../../smoke/runner.js';
import { TargetError } from '../../smoke/targets/target-error.js';
import type { Target } from '../../smoke/targets/target.js';
import type { Workbench } from '../../smoke/workbench.js';
import { manifestOf } from '../../topology/index.js';
import { HYBRID, planOf } from '../support/topology.js';

const TWO = manifestOf(planOf({ tenants: { acme: {}, globex: {} } }));

/** A target whose connections are objects that note what is done with them. */
function fakeTarget(done: string[] = []): Target {
  return {
    kind: 'local',
    address: async (runtime) => runtime,
    gateway: async () => 'gateway',
    secret: async () => 'token',
    standIn: async () => undefined,
    home: (runtime) => `/${runtime}`,
    log: async () => '',
    close: async () => undefined,
    connect: async ({ address }) => {
      done.push(`connect ${address}`);
      return {
        createSession: async ({ sessionId }: { sessionId: string }) => ({ sessionId }),
        deleteSession: async () => void done.push(`delete on ${address}`),
        forceStop: async () => void done.push(`close ${address}`),
      } as unknown as CopilotClient;
    },
  };
}

function check(id: string, run: Check['run'], rest: Partial<Check> = {}): Check {
  return { id, why: 'because', scope: 'runtime', maySkipOn: [], run, ...rest };
}

const passes = async (): Promise<Outcome> => undefined;
const fails = async (): Promise<Outcome> => {
  throw new Error('no');
};

const run = (checks: Check[], options: RunOptions = {}, target = fakeTarget()) =>
  runChecks(checks, TWO, target, options);

/** The verdict of each result, by check and runtime. */
function verdicts(results: readonly Result[]): Record<string, string> {
  return Object.fromEntries(
    results.map(({ check: id, from, to, verdict }) => [[id, from, to].filter(Boolean).join(' '), verdict]),
  );
}

/** The first result. */
async function one(checked: Check, options: RunOptions = {}): Promise<Result> {
  const [result] = await run([checked], options);
  return result!;
}

describe('a check', () => {
  it('passes when it says nothing', async () => {
    expect(await one(check('good', passes))).toEqual({
      check: 'good',
      scope: 'runtime',
      from: 'tenant/acme',
      verdict: 'passed',
      durationMs: expect.any(Number),
    });
  });

  it('fails with its finding', async () => {
    const finding = { expected: 'a', seen: 'b', advice: 'c' };
    const found = check('bad', () => Promise.reject(new CheckFailure(finding)));
    expect(await one(found)).toMatchObject({ verdict: 'failed', ...finding });
  });

  it.each([
    ['rejects', fails, 'no'],
    [
      'throws before it returns a promise',
      () => {
        throw new Error('at once');
      },
      'at once',
    ],
    ['rejects with something that is no error', () => Promise.reject('text'), 'text'],
  ] as [string, Check['run'], string][])('fails when it %s', async (_, broken, seen) => {
    expect(await one(check('bad', broken))).toMatchObject({
      verdict: 'failed',
      seen,
      expected: 'bad to come to an end',
    });
  });

  it('fails when it cannot even say whether it applies', async () => {
    const inapplicable = () => {
      throw new Error('confused');
    };
    expect(await one(check('bad', passes, { inapplicable }))).toMatchObject({
      verdict: 'failed',
      seen: 'confused',
    });
  });

  it('fails with the advice to bring the deployment up when the target is down', async () => {
    const down = check('bad', () => Promise.reject(new TargetError('not running')));
    expect(await one(down)).toMatchObject({
      verdict: 'failed',
      seen: 'not running',
      advice: 'bring the deployment up first',
    });
  });

  it('fails at its deadline', async () => {
    const hangs = () => new Promise<Outcome>(() => undefined);
    expect(await one(check('slow', hangs), { deadlineMs: 30 })).toMatchObject({
      verdict: 'failed',
      seen: expect.stringMatching(/^no result within/),
    });
    const own = check('slow', hangs, { deadlineMs: ({ from }) => (from === 'tenant/acme' ? 20 : 30) });
    expect(await one(own)).toMatchObject({ verdict: 'failed', durationMs: expect.any(Number) });
  });

  it('may be accepted by a key of the topology', async () => {
    const known = check('known', async () => ({
      accepted: 'open',
      by: 'smoke.accept.networkPolicyNotEnforced',
    }));
    expect(await one(known)).toMatchObject({
      verdict: 'accepted',
      seen: 'open',
      acceptedBy: 'smoke.accept.networkPolicyNotEnforced',
    });
  });

  it('may be skipped only where it says so', async () => {
    const skip = async () => ({ skipped: 'no shell' });
    expect(await one(check('s', skip, { maySkipOn: ['local'] }))).toMatchObject({
      verdict: 'skipped',
      reason: 'no shell',
    });
    expect(await one(check('s', skip, { maySkipOn: ['azure'] }))).toMatchObject({
      verdict: 'failed',
      expected: 'the check to run on target local',
      seen: 'it was skipped: no shell',
    });
  });

  it('is skipped where it has no meaning, and does not run there', async () => {
    const ran: string[] = [];
    const some = check('some', async (_, { from }) => void ran.push(from), {
      inapplicable: ({ from }) => (from === 'tenant/acme' ? 'not for acme' : undefined),
    });
    const results = await run([some]);
    expect(results[0]).toMatchObject({ verdict: 'skipped', reason: 'not for acme' });
    expect(results[1]).toMatchObject({ verdict: 'passed' });
    expect(ran).toEqual(['tenant/globex']);
  });
});

describe('a check of several scopes', () => {
  it('runs for the subjects of each, and says which', async () => {
    const manifest = manifestOf(planOf({ ...HYBRID, tenants: { p: { placement: 'pool' } } }));
    const both = check('both', passes, { scope: ['runtime', 'tenant'] });
    const results = await runChecks([both], manifest, fakeTarget());
    expect(results.map(({ scope, from }) => `${scope} ${from}`)).toEqual([
      'runtime pool/0',
      'tenant gateway/p',
    ]);
  });

  it('connects a tenant of the pool to the gateway, with its own token', async () => {
    const done: string[] = [];
    const manifest = manifestOf(planOf({ ...HYBRID, tenants: { p: { placement: 'pool' } } }));
    const places: unknown[] = [];
    const target: Target = {
      ...fakeTarget(done),
      secret: async (place) => {
        places.push(place);
        return 'token';
      },
    };
    const uses = check('uses', async (bench, { from }) => void (await bench.client(from)), {
      scope: 'tenant',
    });
    await runChecks([uses], manifest, target);
    expect(done[0]).toBe('connect gateway');
    expect(places).toEqual([{ kind: 'file', path: 'gateway/tokens/p.a' }]);
  });
});

describe('what all else rests on', () => {
  it('is looked at one after the other: the second not at all where the first failed', async () => {
    const second = check('second', passes, { foundation: true });
    const first = check('first', fails, { foundation: true });
    expect(await run([first, second])).toMatchObject([
      { verdict: 'failed' },
      { verdict: 'failed' },
      { verdict: 'skipped', reason: 'first failed for tenant/acme' },
      { verdict: 'skipped', reason: 'first failed for tenant/globex' },
    ]);
  });

  it('and what disturbs never runs beside another that does', async () => {
    let now = 0;
    const alone = async (): Promise<Outcome> => {
      const others = now++;
      await new Promise((resolve) => setImmediate(resolve));
      now--;
      if (others > 1) throw new Error('not alone');
      return undefined;
    };
    const results = await run(['a', 'b', 'c'].map((id) => check(id, alone, { disruptive: true })));
    expect(new Set(results.map(({ verdict }) => verdict))).toEqual(new Set(['passed']));
  });
});

describe('a runtime that is not reachable', () => {
  const reachable = check(
    'reachable',
    async (_, { from }) => (from === 'tenant/acme' ? fails() : undefined),
    { foundation: true },
  );

  it('has its other checks skipped, whatever side it is on, and those of others run', async () => {
    const pair = check('pair', passes, { scope: 'pair' });
    const other = check('other', passes);
    const results = await run([pair, other, reachable]);
    expect(verdicts(results)).toEqual({
      'pair tenant/acme tenant/globex': 'skipped',
      'pair tenant/globex tenant/acme': 'skipped',
      'other tenant/acme': 'skipped',
      'other tenant/globex': 'passed',
      'reachable tenant/acme': 'failed',
      'reachable tenant/globex': 'passed',
    });
    expect(results[0]).toMatchObject({ reason: 'reachable failed for tenant/acme' });
  });
});

describe('the runner', () => {
  it('goes on after a failure', async () => {
    const results = await run([check('bad', fails), check('good', passes)]);
    expect(results.map(({ verdict }) => verdict)).toEqual(['failed', 'failed', 'passed', 'passed']);
  });

  it('gives results in the order of checks and subjects, whatever the order they came in', async () => {
    const release: (() => void)[] = [];
    const last = () => new Promise<Outcome>((resolve) => release.push(() => resolve(undefined)));
    const seen: string[] = [];
    const results = await run([check('slow', last), check('quick', passes)], {
      onProgress: ({ done, total, result }) => {
        seen.push(`${done}/${total} ${result.check}`);
        if (done === 2) release.reverse().forEach((finish) => finish());
      },
    });
    expect(seen).toEqual(['1/4 quick', '2/4 quick', '3/4 slow', '4/4 slow']);
    expect(results.map(({ check: id, from }) => `${id} ${from}`)).toEqual([
      'slow tenant/acme',
      'slow tenant/globex',
      'quick tenant/acme',
      'quick tenant/globex',
    ]);
  });

  it.each([1, 2, 3])('runs %i at the same time and no more', async (parallelism) => {
    let now = 0;
    let most = 0;
    const counted = async (): Promise<Outcome> => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setImmediate(resolve));
      now--;
      return undefined;
    };
    await run([check('a', counted), check('b', counted), check('c', counted)], { parallelism });
    expect(most).toBe(parallelism);
  });

  it('begins with whether a runtime is reachable, and ends with what disturbs it', async () => {
    const order: string[] = [];
    const note = (id: string, rest: Partial<Check> = {}) => check(id, async () => void order.push(id), rest);
    await run([
      note('restart', { disruptive: true }),
      note('quiet'),
      note('reachable', { foundation: true }),
    ]);
    expect(order).toEqual(['reachable', 'reachable', 'quiet', 'quiet', 'restart', 'restart']);
  });

  it('leaves out what disturbs when it was asked to', async () => {
    const restart = check('restart', fails, { disruptive: true });
    expect(await one(restart, { undisturbed: true })).toMatchObject({
      verdict: 'skipped',
      reason: 'it disturbs whoever works there, which was asked not to be done',
    });
  });

  it('looks at pairs of tenants of the pool, and at nothing that does not run', async () => {
    const manifest = manifestOf(
      planOf({
        ...HYBRID,
        tenants: {
          a: { placement: 'pool' },
          b: { placement: 'pool' },
          off: { placement: 'dedicated', state: 'suspended' },
        },
      }),
    );
    const results = await runChecks(
      [check('pool', passes, { scope: 'pool' }), check('each', passes)],
      manifest,
      fakeTarget(),
    );
    expect(Object.keys(verdicts(results))).toEqual([
      'pool gateway/a gateway/b',
      'pool gateway/b gateway/a',
      'each pool/0',
    ]);
  });

  it('stops when it is aborted, after it has cleaned up', async () => {
    const done: string[] = [];
    const abort = new AbortController();
    const hangs = async (bench: Workbench, { from }: { from: string }): Promise<Outcome> => {
      await bench.session(from);
      abort.abort(new Error('enough'));
      return new Promise<Outcome>(() => undefined);
    };
    const running = run(
      [check('first', hangs), check('second', async () => void done.push('second'))],
      { signal: abort.signal, parallelism: 1 },
      fakeTarget(done),
    );
    await expect(running).rejects.toThrow('enough');
    expect(done).toEqual(['connect tenant/acme', 'delete on tenant/acme', 'close tenant/acme']);
  });

  it('runs nothing when it was aborted before', async () => {
    const done: string[] = [];
    const never = check('never', async () => void done.push('ran'));
    await expect(run([never], { signal: AbortSignal.abort(new Error('no')) })).rejects.toThrow('no');
    expect(done).toEqual([]);
  });
});

describe('the end of a run', () => {
  it.each([
    ['passed', passes],
    ['failed', fails],
  ])('deletes its sessions and closes its connections when the check %s', async (_, outcome) => {
    const done: string[] = [];
    const uses: Check['run'] = async (bench, { from }) => {
      await bench.session(from);
      await bench.session(from);
      await bench.connect(from, undefined);
      return outcome();
    };
    const manifest = manifestOf(planOf());
    await runChecks([check('uses', uses)], manifest, fakeTarget(done));
    expect(done).toEqual([
      'connect tenant/acme',
      'connect tenant/acme',
      'delete on tenant/acme',
      'delete on tenant/acme',
      'close tenant/acme',
      'close tenant/acme',
    ]);
  });

  it('is final: a check that missed its deadline opens nothing any more', async () => {
    const done: string[] = [];
    let late: Promise<unknown> | undefined;
    let goOn = () => undefined as void;
    const slow: Check['run'] = async (bench, { from }) => {
      await new Promise<void>((resolve) => (goOn = resolve));
      late = bench.client(from);
      await late;
      return undefined;
    };
    const [result] = await runChecks([check('slow', slow)], manifestOf(planOf()), fakeTarget(done), {
      deadlineMs: 10,
    });
    expect(result).toMatchObject({ verdict: 'failed' });
    goOn();
    await new Promise((resolve) => setImmediate(resolve));
    await expect(late).rejects.toThrow('the run of the check is over');
    expect(done).toEqual([]);
  });

  it('deletes a session only once it has been made, and lets no other begin', async () => {
    const done: string[] = [];
    const abort = new AbortController();
    let made = () => undefined as void;
    let late: Promise<unknown> | undefined;
    const target = fakeTarget(done);
    const slow: Target = {
      ...target,
      connect: async (options) =>
        Object.assign(await target.connect(options), {
          createSession: async () => {
            await new Promise<void>((resolve) => (made = resolve));
            done.push('made');
          },
        }),
    };
    const creates: Check['run'] = async (bench, { from }) => {
      late = bench.session(from).then(() => bench.session(from));
      late.catch(() => undefined);
      await new Promise((resolve) => setImmediate(resolve));
      abort.abort(new Error('enough'));
      setImmediate(made);
      return new Promise<Outcome>(() => undefined);
    };
    const running = runChecks([check('creates', creates)], manifestOf(planOf()), slow, {
      signal: abort.signal,
    });
    await expect(running).rejects.toThrow('enough');
    await expect(late).rejects.toThrow('the run of the check is over');
    expect(done.slice(0, 3)).toEqual(['connect tenant/acme', 'made', 'delete on tenant/acme']);
    expect(done.filter((what) => what === 'made')).toHaveLength(1);
  });

  it('closes a connection that was still being opened', async () => {
    const done: string[] = [];
    const target = fakeTarget(done);
    let answer = () => undefined as void;
    const stalled: Target = {
      ...target,
      connect: async (options) => {
        await new Promise<void>((resolve) => (answer = resolve));
        return target.connect(options);
      },
    };
    const opens = check('opens', async (bench, { from }) => void (await bench.client(from)));
    await runChecks([opens], manifestOf(planOf()), stalled, { deadlineMs: 10 });
    answer();
    await new Promise((resolve) => setImmediate(resolve));
    expect(done).toEqual(['connect tenant/acme', 'close tenant/acme']);
  });
});

describe('a check that is for what is given with a run', () => {
  const oldTokens = new Map([['tenant/acme', ['before']]]);
  const refuses = (code?: number) =>
    Object.assign(fakeTarget(), {
      connect: async () => {
        throw Object.assign(new Error('no'), { code });
      },
    });

  it('has no results without it, and those of whom it is for with it', async () => {
    expect(await run([oldTokenRefused])).toEqual([]);
    const results = await run([oldTokenRefused], { oldTokens }, refuses(-32002));
    expect(verdicts(results)).toEqual({ 'old-token-refused tenant/acme': 'passed' });
  });

  it('is looked at even where the suite cannot get in, and fails there when somebody else can', async () => {
    const down = check('down', fails, { foundation: true });
    const [, , letIn] = await run([down, oldTokenRefused], { oldTokens }, letsIn());
    expect(letIn).toMatchObject({ verdict: 'failed', seen: 'it was let in and shown 0 sessions' });
    const [, , nobody] = await run([down, oldTokenRefused], { oldTokens }, refuses());
    expect(nobody).toMatchObject({ verdict: 'skipped', reason: 'down failed for tenant/acme' });
    const [silent] = await run([oldTokenRefused], { oldTokens }, refuses());
    expect(silent).toMatchObject({ verdict: 'failed', seen: 'neither let in nor refused: no' });
  });

  it('is passed only where every gateway refuses it: one may have been left behind', async () => {
    const manifest = manifestOf(planOf(HYBRID));
    const docs = atGateway('docs');
    const pool: Target = {
      ...fakeTarget(),
      gateways: async () =>
        new Map([
          ['gateway-new', 'new:1'],
          ['gateway-old', 'old:1'],
        ]),
      connect: (options) => (options.address === 'old:1' ? letsIn() : refuses(-32002)).connect(options),
    };
    const options = { oldTokens: new Map([[docs, ['before']]]) };
    expect(await runChecks([oldTokenRefused], manifest, pool, options)).toMatchObject([
      { verdict: 'failed', from: docs, seen: 'it was let in and shown 0 sessions, at gateway-old' },
    ]);
    const updated = { ...pool, connect: refuses(-32002).connect };
    expect(await runChecks([oldTokenRefused], manifest, updated, options)).toMatchObject([
      { verdict: 'passed' },
    ]);
  });

  const letsIn = () =>
    Object.assign(fakeTarget(), {
      connect: async () =>
        ({ listSessions: async () => [], forceStop: async () => undefined }) as unknown as CopilotClient,
    });
});
