import type { CopilotSession, SessionConfig } from '@github/copilot-sdk';

import { RuntimeClient } from '../../../client/index.js';
import { DEDICATED, launchOf, REPLICA, type Sabotage } from '../sabotage.js';
import { withClient } from '../target.js';

const FLAG = '--session-idle-timeout';

/** Arguments with another idle timeout; undefined leaves the flag out. */
function withTimeout(args: readonly string[], seconds: number | undefined): string[] {
  const rest = args.filter((arg, at) => arg !== FLAG && args[at - 1] !== FLAG);
  return seconds === undefined ? rest : [...rest, FLAG, String(seconds)];
}

/** Touches its sessions all the time. */
class Heartbeat extends RuntimeClient {
  readonly #timers: NodeJS.Timeout[] = [];
  override async createSession(config: SessionConfig): Promise<CopilotSession> {
    const session = await super.createSession(config);
    const beat = () =>
      void session.rpc.workspaces.createFile({ path: 'beat', content: '' }).catch(() => undefined);
    this.#timers.push(setInterval(beat, 700));
    return session;
  }
  override async forceStop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    return super.forceStop();
  }
}

export const idleness: readonly Sabotage[] = [
  {
    id: 'no-idle-timeout',
    breaks: 'The flag of the idle timeout is left out: sessions fill the memory of the runtime for ever.',
    caughtBy: 'idle-timeout',
    also: ['idle-session-ends'],
    slow: true,
    launch: launchOf(DEDICATED, ({ args }) => ({ args: withTimeout(args, undefined) })),
  },
  {
    id: 'other-idle-timeout',
    breaks:
      'A runtime runs with a shorter idle timeout than planned, and ends sessions that are still needed.',
    caughtBy: 'idle-session-ends',
    also: ['idle-timeout'],
    topology: (topology) => ({
      ...topology,
      tenants: { ...topology.tenants, acme: { ...topology.tenants.acme!, idleTimeoutSeconds: 15 } },
    }),
    launch: launchOf(DEDICATED, ({ args }) => ({ args: withTimeout(args, 3) })),
  },
  {
    id: 'overridden-idle-timeout',
    breaks:
      'The planned flag stands in the arguments, and a later one overrides it: the runtime goes by the last.',
    caughtBy: 'idle-timeout',
    launch: launchOf(REPLICA, ({ args }) => ({ args: [...args, FLAG, '0'] })),
  },
  {
    id: 'kept-awake',
    breaks: 'A client touches its sessions all the time, so that none is ever idle.',
    caughtBy: 'idle-session-ends',
    slow: true,
    target: ({ target }) => withClient(target, (options) => new Heartbeat(options)),
  },
];
