import { setTimeout as delay } from 'node:timers/promises';
import { drainSession, TENANT_SEPARATOR } from '../../topology/pool-contract.js';
import { NO_PROVIDER } from './connection.js';
import type { RuntimeLink } from './link.js';

/** Between two looks at whether sessions have been let go, in milliseconds. */
const LOOK_MS = 100;

/** How long a gateway may take to let go of sessions that rest, in milliseconds; it usually takes 200. */
const LET_GO_MS = 3000;

/** The gateways before a replica, which hear of its drain through the runtime. */
export class Gateways {
  /** @param replica id of the runtime in the plan */
  constructor(
    private readonly link: Pick<RuntimeLink, 'call'>,
    private readonly replica: string,
    /** Sessions that may be in the memory of the runtime. */
    private readonly liveSessions: () => readonly string[],
  ) {}

  /** Tells them: from now on they begin nothing here. @throws Error when the runtime cannot make a session */
  async tell(): Promise<void> {
    await this.link.call('session.create', {
      sessionId: drainSession(this.replica),
      availableTools: [],
      ...NO_PROVIDER,
    });
  }

  /**
   * Settles when no session of a tenant is attached any more, so that no turn can begin, or after
   * {@link LET_GO_MS}, for a gateway that does not know of drains never lets go.
   *
   * @param isOver ends it earlier
   */
  async letGo(isOver: () => boolean): Promise<void> {
    const deadline = performance.now() + LET_GO_MS;
    while (!isOver() && performance.now() < deadline && (await this.#someAttached())) await delay(LOOK_MS);
  }

  async #someAttached(): Promise<boolean> {
    const sessions = this.liveSessions().filter((id) => id.includes(TENANT_SEPARATOR));
    // Asked, for where replicas share their sessions another one may have it, in a process of the same number.
    const answers = await Promise.all(
      sessions.map((sessionId) => this.link.call<object>('session.metadata.activity', { sessionId })),
    );
    return answers.some((answer) => answer !== undefined);
  }
}

/** Whether a runtime of the plan stands behind a gateway. */
export const isReplica = (runtime: string | undefined): runtime is string =>
  runtime?.startsWith('pool/') ?? false;
