import type { CopilotSession, SessionConfig } from '@github/copilot-sdk';

import { RuntimeClient } from '../../../client/index.js';
import { HOST_ENV } from '../../../topology/index.js';
import { DEDICATED, launchOf, REPLICA, type Sabotage } from '../sabotage.js';
import { withClient } from '../target.js';

class FixedIds extends RuntimeClient {
  override createSession(config: SessionConfig): Promise<CopilotSession> {
    return super.createSession({ sessionId: 'session', ...config });
  }
}

class CountedIds extends RuntimeClient {
  #count = 0;
  override createSession(config: SessionConfig): Promise<CopilotSession> {
    return super.createSession({ sessionId: `session-${++this.#count}`, ...config });
  }
}

export const sessions: readonly Sabotage[] = [
  {
    id: 'one-home',
    breaks: 'Two runtimes were given the same home.',
    caughtBy: 'session-of-another',
    also: ['state-in-place'],
    launch: launchOf(REPLICA, ({ env }) => ({
      env: { ...env, [HOST_ENV.home]: env[HOST_ENV.home]!.replace(REPLICA, DEDICATED) },
    })),
  },
  {
    id: 'fixed-session-ids',
    breaks: 'A client gives every session the same id, and so attaches one user to the session of another.',
    caughtBy: 'session-ids-unique',
    target: ({ target }) => withClient(target, (options) => new FixedIds(options)),
  },
  {
    id: 'counted-session-ids',
    breaks: 'A client counts its sessions, so that two replicas of a back end hand out the same ids.',
    caughtBy: 'session-ids-unique',
    target: ({ target }) => withClient(target, (options) => new CountedIds(options)),
  },
];
