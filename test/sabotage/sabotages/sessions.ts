import type { CopilotSession, SessionConfig, SessionMetadata } from '@github/copilot-sdk';

import { RuntimeClient } from '../../../client/index.js';
import type { Topology } from '../../../topology/index.js';
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

/** Lists only what was created through it. */
class OwnList extends RuntimeClient {
  readonly #own = new Set<string>();
  override async createSession(config: SessionConfig): Promise<CopilotSession> {
    const session = await super.createSession(config);
    this.#own.add(session.sessionId);
    return session;
  }
  override async listSessions(): Promise<SessionMetadata[]> {
    return (await super.listSessions()).filter(({ sessionId }) => this.#own.has(sessionId));
  }
}

const poolNotAccepted = (topology: Topology): Topology => ({
  ...topology,
  smoke: { ...topology.smoke, accept: { ...topology.smoke.accept, openPool: false } },
});

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
    id: 'unaccepted-open-pool',
    breaks: 'Tenants share a replica without a gateway, and nobody has said that they may see each other.',
    caughtBy: 'pool-tenants-apart',
    topology: poolNotAccepted,
  },
  {
    id: 'hidden-in-the-list',
    breaks: 'Sessions of others are kept out of the list only: who knows or guesses an id can read them.',
    caughtBy: 'pool-tenants-apart',
    topology: poolNotAccepted,
    target: ({ target }) => withClient(target, (options) => new OwnList(options)),
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
