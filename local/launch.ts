import path from 'node:path';
import { fileURLToPath } from 'node:url';

import {
  GATEWAY_ENV,
  GATEWAY_FILES,
  GATEWAY_NODE_FLAGS,
  HOST_ENV,
  HOST_NODE_FLAGS,
  localFiles,
  type RuntimePlan,
} from '../topology/index.js';

/** A program of ours that is started and kept. */
export interface ProgramLaunch {
  /** For messages: the id of the runtime, or `gateway`. */
  readonly id: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly directory: string;
  /** Name of its log in the directory. */
  readonly log: string;
}

/** What is started for one runtime. */
export interface Launch extends ProgramLaunch {
  readonly planned: RuntimePlan;
}

/** Root of the package, both for the sources and for what the build makes of them in `dist/`. */
const packageRoot = path.resolve(fileURLToPath(import.meta.url), '../..').replace(/[/\\]dist$/, '');

/** The runtime host as a program. */
export const runtimeHostProgram = path.join(packageRoot, 'dist/services/runtime-host/main.js');

/** The gateway as a program. */
export const gatewayProgram = path.join(packageRoot, 'dist/services/gateway/main.js');

/** What every program of ours gets of the environment of whoever runs `up`: nothing that could be a secret. */
const commonEnvironment = (env: NodeJS.ProcessEnv, directory: string) => ({
  PATH: env.PATH ?? '/usr/local/bin:/usr/bin:/bin',
  LANG: env.LANG ?? 'C.UTF-8',
  HOME: directory,
});

/**
 * The launch of a planned runtime. The environment is made from nothing: tokens in the environment of whoever runs
 * `up` (GH_TOKEN, …) must not become the identity of every tenant.
 *
 * @param state state directory of the run
 */
export function launchOf(state: string, planned: RuntimePlan, env: NodeJS.ProcessEnv): Launch {
  const files = localFiles(planned.id);
  const directory = path.join(state, files.directory);
  return {
    planned,
    id: planned.id,
    log: path.basename(files.log),
    command: process.execPath,
    args: [...HOST_NODE_FLAGS, runtimeHostProgram, ...planned.args],
    directory,
    env: {
      ...commonEnvironment(env, directory),
      // Tool outputs above 50 KB spill there, readable for everybody: keep them out of /tmp.
      TMPDIR: path.join(state, files.temporary),
      ...planned.env,
      [HOST_ENV.home]: path.join(state, planned.home),
      ...(planned.sessions !== undefined && { [HOST_ENV.sessions]: path.join(state, planned.sessions) }),
      [HOST_ENV.secretsDir]: path.join(state, files.secrets),
    },
  };
}

/** The launch of the gateway of a run, whose settings stand in a file. */
export function gatewayLaunch(state: string, env: NodeJS.ProcessEnv): ProgramLaunch {
  const directory = path.join(state, GATEWAY_FILES.directory);
  return {
    id: 'gateway',
    log: path.basename(GATEWAY_FILES.log),
    command: process.execPath,
    args: [...GATEWAY_NODE_FLAGS, gatewayProgram],
    directory,
    env: {
      ...commonEnvironment(env, directory),
      [GATEWAY_ENV.config]: path.join(state, GATEWAY_FILES.config),
    },
  };
}
