import { PassThrough, type Readable, type Writable } from 'node:stream';
import { text } from 'node:stream/consumers';

import { BackupError } from '../../backup/errors.js';
import { CONTAINER, HOST_NODE_FLAGS, IMAGE } from '../../topology/index.js';
import type { Cluster } from '../connection.js';
import { ClusterError } from '../errors.js';
import { execInPod, ProgramError } from '../exec.js';

import { runningPod, type PlacedRuntime } from './pod.js';

export interface KeeperStreams {
  /** @default - standard input stays open, and empty */
  readonly stdin?: Readable;
  readonly stdout: Writable;
}

/**
 * Runs the session keeper of the image beside a runtime, in its container.
 *
 * @throws {BackupError} when it cannot be started, fails or is lost
 */
export async function runKeeper(
  cluster: Cluster,
  placed: PlacedRuntime,
  args: readonly string[],
  streams: KeeperStreams,
): Promise<void> {
  try {
    const { namespace } = placed;
    const pod = await runningPod(cluster, placed);
    const command = ['node', ...HOST_NODE_FLAGS, IMAGE.sessionKeeper, ...args];
    await execInPod(cluster, { namespace, pod, container: CONTAINER.name, command, ...streams });
  } catch (error) {
    if (!(error instanceof ClusterError)) throw error;
    throw new BackupError(reasonOf(error, placed), { cause: error });
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

/** Runs the session keeper for a short answer, in JSON. @throws {BackupError} */
export async function askKeeper<T>(
  cluster: Cluster,
  placed: PlacedRuntime,
  args: readonly string[],
  stdin?: Readable,
): Promise<T | undefined> {
  const stdout = new PassThrough();
  const [answer] = await Promise.all([
    text(stdout),
    runKeeper(cluster, placed, args, { stdout, ...(stdin && { stdin }) }).catch((error: Error) => {
      stdout.destroy(error);
      throw error;
    }),
  ]);
  return answer === '' ? undefined : (JSON.parse(answer) as T);
}
