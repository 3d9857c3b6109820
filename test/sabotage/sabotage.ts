import { chmod, writeFile } from 'node:fs/promises';
import path from 'node:path';

import type { Launch } from '../../local/index.js';
import { resolveBinary } from '../../services/runtime-host/binary.js';
import type { OldTokens, Target } from '../../smoke/index.js';
import { HOST_ENV, type Manifest, type RuntimeId, type Topology } from '../../topology/index.js';

import type { Alteration } from './altered-gateway.js';
import { startProxy, type Meddle } from './proxy.js';

/** The two runtimes that every sabotage finds: one of each kind. */
export const DEDICATED: RuntimeId = 'tenant/acme';
export const REPLICA: RuntimeId = 'pool/0';

/** What a sabotage may do its work on once everything runs. */
export interface Running {
  readonly manifest: Manifest;
  /** Everything of the deployment lies below it. */
  readonly directory: string;
  /** As the suite would use it. */
  readonly target: Target;
  readonly afterwards: Afterwards;
}

/** Runs something when all is over; what was added last goes first. */
export type Afterwards = (cleanup: () => unknown) => void;

/** A way to break a deployment, as it happens to platform teams, that the smoke suite must notice. */
export interface Sabotage {
  readonly id: string;
  /** One sentence: what is broken. */
  readonly breaks: string;
  /** The check that must notice. */
  readonly caughtBy: string;
  /** At most three more that notice too: these and no others. @default - none */
  readonly also?: readonly string[];
  /** A check waits half a minute before it gives up: such sabotages are started first. @default false */
  readonly slow?: boolean;
  /** Changes the topology before it is planned. */
  readonly topology?: (topology: Topology) => Topology;
  /** Changes what is started, or the files it finds; called for each runtime, also the healthy ones. */
  readonly launch?: AdaptLaunch;
  /** Changes the code of the gateway. */
  readonly gateway?: readonly Alteration[];
  /** Nothing starts again what has ended. @default true */
  readonly restarts?: boolean;
  /** Changes files or starts processes when everything runs. */
  readonly afterUp?: (running: Running) => void | Promise<void>;
  /** Tokens from before a rotation, as an operator would have saved them. @default - none */
  readonly oldTokens?: (running: Running) => OldTokens | Promise<OldTokens>;
  /** Changes the way from the client to the runtimes, and the client library. */
  readonly target?: (running: Running) => Target | Promise<Target>;
}

type AdaptLaunch = (
  launch: Launch,
  all: readonly Launch[],
  afterwards: Afterwards,
) => Launch | Promise<Launch>;

/** Ids of the checks that notice it. */
export const expected = ({ caughtBy, also = [] }: Pick<Sabotage, 'caughtBy' | 'also'>) =>
  [caughtBy, ...also].sort();

/** The launch of one runtime with other settings; all others stay. */
export function launchOf(
  runtime: RuntimeId,
  change: (launch: Launch, afterwards: Afterwards) => Partial<Launch> | Promise<Partial<Launch>>,
): AdaptLaunch {
  return async (launch, _, afterwards) =>
    launch.planned.id === runtime ? { ...launch, ...(await change(launch, afterwards)) } : launch;
}

/** Has the runtime of a launch ask for one of its addresses through a proxy. @param variable with the address */
export function throughProxy(variable: string, meddle: Meddle) {
  return async ({ env, directory }: Launch, afterwards: Afterwards): Promise<Partial<Launch>> => {
    const port = await startProxy(afterwards, meddle);
    const binary = path.join(directory, 'runtime');
    // What the address has besides its port goes through the path.
    const address = `http://127.0.0.1:${port}/\${${variable}##*:}`;
    const runtime = resolveBinary('native', []);
    await writeFile(binary, `#!/bin/sh\n${variable}="${address}" exec '${runtime}' "$@"\n`);
    await chmod(binary, 0o700);
    return { env: { ...env, [HOST_ENV.binary]: binary } };
  };
}
