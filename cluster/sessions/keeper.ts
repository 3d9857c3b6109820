import { BackupError } from '../../backup/errors.js';
import type { Keeper, KeeperStreams } from '../../backup/keeper/index.js';
import { CONTAINER, HOST_NODE_FLAGS, IMAGE } from '../../topology/index.js';
import type { Cluster } from '../connection.js';
import { ClusterError } from '../errors.js';
import { execInPod, ProgramError } from '../exec.js';

import { runningPod, type PlacedRuntime } from './pod.js';

/** Starts the session keeper in the pod of a runtime. */
export class PodKeeper implements Keeper {
  constructor(
    private readonly cluster: Cluster,
    private readonly placed: PlacedRuntime,
  ) {}

  get runtime(): string {
    return this.placed.runtime;
  }

  get port(): number {
    return this.placed.port;
  }

  async run(args: readonly string[], streams: KeeperStreams): Promise<void> {
    try {
      const { namespace } = this.placed;
      const pod = await runningPod(this.cluster, this.placed);
      const command = ['node', ...HOST_NODE_FLAGS, IMAGE.sessionKeeper, ...args];
      await execInPod(this.cluster, { namespace, pod, container: CONTAINER.name, command, ...streams });
    } catch (error) {
      if (!(error instanceof ClusterError)) throw error;
      throw new BackupError(reasonOf(error, this.placed), { cause: error });
    }
  }
}

function reasonOf(error: ClusterError, { runtime }: PlacedRuntime): string {
  if (!(error instanceof ProgramError)) return error.message;
  if (error.lastWords.includes(`Cannot find module '${IMAGE.sessionKeeper}'`)) {
    return `the image of ${runtime} has no ${IMAGE.sessionKeeper}: deploy one of this version of copilot-runtimes`;
  }
  // The keeper says what is wrong in one line, and on which runtime.
  return error.lastWords.split('\n').find((line) => line !== '') ?? error.message;
}
