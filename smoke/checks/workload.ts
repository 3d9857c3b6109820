import { isDeepStrictEqual } from 'node:util';

import { openWorkload, type PolicyBlockedError, type Resolver, type Workload } from '../../client/index.js';
import type { Manifest } from '../../topology/index.js';
import { directive, type Directive } from '../../topology/stand-in.js';
import { tenantOf, type Party } from '../party.js';
import { CALL_TIMEOUT_MS } from '../patience.js';
import type { Workbench } from '../workbench.js';

/** A turn of a piece of work, and where it took place. */
export interface WorkloadTurn {
  readonly on: 'tenant' | 'cloud';
  readonly answer: string;
  readonly fellBack?: PolicyBlockedError;
}

/** Opens a session where the client library sends the work, and has one turn there. */
export async function turnOn(
  bench: Workbench,
  manifest: Manifest,
  party: Party,
  workload: Workload,
  asked: Directive,
): Promise<WorkloadTurn> {
  const sessionId = bench.newSessionId();
  const settings = { ...(await bench.sessionConfig(party)), sessionId };
  bench.track(party, sessionId);
  const { session, on, fellBack, close } = await openWorkload(manifest, tenantOf(manifest, party), workload, {
    settings,
    resolve: resolverOf(bench),
    cloud: { startTimeoutMs: CALL_TIMEOUT_MS },
  });
  try {
    const message = await session.sendAndWait({ prompt: directive(asked) }, CALL_TIMEOUT_MS);
    return { on, answer: message?.data.content ?? '', ...(fellBack && { fellBack }) };
  } finally {
    await close();
  }
}

/** Finds for the client library what the target of the suite finds. */
function resolverOf({ manifest, target }: Workbench): Resolver {
  return {
    async address(endpoint) {
      const found = Object.entries(manifest.runtimes).find(([, runtime]) =>
        isDeepStrictEqual(runtime.endpoint, endpoint),
      );
      return found ? target.address(found[0]) : target.gateway();
    },
    secret: (place) => target.secret(place),
  };
}
