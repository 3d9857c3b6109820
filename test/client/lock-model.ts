import fc from 'fast-check';

import type { FencedStore, LockBackend } from '../../client/index.js';

/** What is tested: locks whose clock is in the hands of the test. */
export interface System extends LockBackend, FencedStore {
  /** Lets so much time pass that every lock expires. */
  expireAll(): Promise<void>;
}

const TTL_MS = 3_600_000;
const HOLDERS = 3;

/** A step of one of several holders, any of which may pause between any two steps. */
type Step =
  { readonly do: 'acquire' | 'renew' | 'release' | 'write'; readonly by: number } | { readonly do: 'expire' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constantFrom('acquire', 'renew', 'release', 'write'),
      by: fc.nat(HOLDERS - 1),
    }),
  },
  { weight: 2, arbitrary: fc.constant({ do: 'expire' } as const) },
);

/** Holders that believe what they were last told: whoever was granted the lock writes, until it is told otherwise. */
interface Holder {
  fence?: number | undefined;
}

/** What goes wrong when holders take these steps; undefined when nothing does. */
async function run(system: System, key: string, steps: readonly Step[]): Promise<string | undefined> {
  const holders: Holder[] = Array.from({ length: HOLDERS }, () => ({}));
  /** Who holds the lock in truth. */
  let holder: number | undefined;
  let newest = 0;
  for (const [at, taken] of steps.entries()) {
    const where = `step ${at} (${JSON.stringify(taken)})`;
    if (taken.do === 'expire') {
      await system.expireAll();
      holder = undefined;
      continue;
    }
    const { by } = taken;
    const me = holders[by]!;
    switch (taken.do) {
      case 'acquire': {
        if (me.fence !== undefined) break;
        const grant = await system.acquire(key, `holder-${by}`, TTL_MS);
        if (grant && holder !== undefined) return `${where}: granted to two`;
        if (!grant && holder === undefined) return `${where}: refused, although nobody holds it`;
        if (grant && grant.fence <= newest) return `${where}: fence ${grant.fence} after ${newest}`;
        if (!grant) break;
        me.fence = grant.fence;
        newest = grant.fence;
        holder = by;
        break;
      }
      case 'renew':
        if (me.fence === undefined) break;
        if ((await system.renew(key, `holder-${by}`, TTL_MS)) !== (holder === by))
          return `${where}: wrong answer`;
        if (holder !== by) me.fence = undefined;
        break;
      case 'release': {
        if (me.fence === undefined) break;
        me.fence = undefined;
        if ((await system.release(key, `holder-${by}`)) !== (holder === by)) return `${where}: wrong answer`;
        if (holder === by) holder = undefined;
        break;
      }
      case 'write': {
        if (me.fence === undefined) break;
        const before = await system.read(key);
        const value = `${by} at ${at}`;
        const accepted = await system.write(key, me.fence, value);
        if (accepted && me.fence < newest) return `${where}: accepted from a former holder`;
        if (!accepted && me.fence === newest) return `${where}: refused from the newest holder`;
        if ((await system.read(key)) !== (accepted ? value : before)) return `${where}: the value is another`;
        break;
      }
    }
  }
  return undefined;
}

/** Never two holders whose writes are both accepted, however they pause. */
export function neverTwoWriters(system: System, numRuns: number) {
  let run_ = 0;
  return {
    property: fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 40 }), async (steps) => {
      run_ += 1;
      const wrong = await run(system, `session-${run_}`, steps);
      if (wrong !== undefined) throw new Error(wrong);
    }),
    parameters: { numRuns, seed: 20_261_121 },
  };
}
