import { BackupError } from '../../backup/errors.js';
import type { Keeper, KeeperStreams } from '../../backup/keeper/index.js';
import { askOverTerminal, TerminalError, type TerminalEvents } from '../../backup/terminal/ask.js';
import { CONTAINER, IMAGE } from '../../topology/index.js';
import type { Arm } from '../arm.js';
import { AzureError } from '../errors.js';
import { execInGroup } from '../exec.js';

import { expectRunning, type PlacedRuntime } from './group.js';

/** What is needed beyond Reader to start a program in a container. */
export const EXEC_ACTION = 'Microsoft.ContainerInstance/containerGroups/containers/exec/action';

/** Starts the session keeper in the container group of a runtime. */
export class GroupKeeper implements Keeper {
  constructor(
    private readonly arm: Arm,
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
      const { group } = this.placed;
      await expectRunning(this.arm, this.placed);
      const program = { group, container: CONTAINER.name, program: IMAGE.terminalSessionKeeper };
      const open = (events: TerminalEvents) => execInGroup(this.arm, program, events);
      await askOverTerminal(open, args, streams);
    } catch (error) {
      streams.stdin?.destroy();
      if (!(error instanceof TerminalError || error instanceof AzureError)) throw error;
      throw new BackupError(reasonOf(error, this.placed), { cause: error });
    }
  }
}

function reasonOf(error: TerminalError | AzureError, { runtime }: PlacedRuntime): string {
  if (error instanceof AzureError) {
    if (error.code !== 'AuthorizationFailed') return error.message;
    return `may not start a program in the container group of ${runtime}: it needs the right ${EXEC_ACTION} on that group, and Reader; a new role takes minutes`;
  }
  const { outcome, said } = error;
  const words = (before: string) => (said === '' ? '' : ` (${before}${said})`);
  switch (outcome) {
    case 'failed':
      // The keeper says what is wrong in one line, and on which runtime.
      return said.split('\n').find((line) => line !== '') ?? `the session keeper of ${runtime} failed`;
    case 'absent':
      return `${IMAGE.terminalSessionKeeper} of the image of ${runtime} did not start${words('it said: ')}: deploy an image of this version of copilot-runtimes`;
    case 'lost':
      return `the connection to the container group of ${runtime} was lost${words('')}: run it again`;
  }
}
