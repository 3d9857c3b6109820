import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { HOST_ENV, HOST_NODE_FLAGS, localFiles, type RuntimePlan } from '../topology/index.js';

/** What is started for one runtime. */
export interface Launch {
  readonly planned: RuntimePlan;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly directory: string;
}

/** Root of the package, both for the sources and for what the build makes of them in `dist/`. */
const packageRoot = path.resolve(fileURLToPath(import.meta.url), '../..').replace(/[/\\]dist$/, '');

/** The runtime host as a program. */
export const runtimeHostProgram = path.join(packageRoot, 'dist/services/runtime-host/main.js');

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
    command: process.execPath,
    args: [...HOST_NODE_FLAGS, runtimeHostProgram, ...planned.args],
    directory,
    env: {
      PATH: env.PATH ?? '/usr/local/bin:/usr/bin:/bin',
      LANG: env.LANG ?? 'C.UTF-8',
      HOME: directory,
      // Tool outputs above 50 KB spill there, readable for everybody: keep them out of /tmp.
      TMPDIR: path.join(state, files.temporary),
      ...planned.env,
      [HOST_ENV.home]: path.join(state, planned.home),
      [HOST_ENV.secretsDir]: path.join(state, files.secrets),
    },
  };
}
