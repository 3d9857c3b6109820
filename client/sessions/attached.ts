import type { CopilotClient, CopilotSession } from '@github/copilot-sdk';

/** A session that is attached to a connection. */
interface Attached {
  readonly session: CopilotSession;
  /** The connection that it came by; on any other it is of no use. */
  readonly client: CopilotClient;
  /** Fence of the lock under which it was last used. */
  fence: number;
}

/** Sessions that are attached now, at most so many; the least recently used one makes room. */
export class AttachedSessions {
  /** Least recently used first: a Map keeps the order in which keys were set. */
  readonly #sessions = new Map<string, Attached>();
  readonly #busy = new Set<string>();
  #opening = 0;

  constructor(readonly max: number) {}

  get ids(): string[] {
    return [...this.#sessions.keys()];
  }

  /** Runs something during which a session is not evicted. At most `max` of them may run at once. */
  async whileBusy<T>(sessionId: string, work: () => Promise<T>): Promise<T> {
    this.#busy.add(sessionId);
    try {
      return await work();
    } finally {
      this.#busy.delete(sessionId);
    }
  }

  /** The session if it is attached by this client and nobody else has used it since, as the fences tell. */
  reuse(
    sessionId: string,
    client: CopilotClient,
    grant: { readonly fence: number; readonly previousFence?: number },
  ): CopilotSession | undefined {
    const known = this.#sessions.get(sessionId);
    if (!known || known.client !== client || known.fence !== grant.previousFence) return undefined;
    this.#sessions.delete(sessionId);
    this.#sessions.set(sessionId, { ...known, fence: grant.fence });
    return known.session;
  }

  /** Attaches a session, making room for it first. */
  async open(
    sessionId: string,
    client: CopilotClient,
    fence: number,
    opener: () => Promise<CopilotSession>,
  ): Promise<CopilotSession> {
    await this.detach(sessionId, client);
    // Those of an earlier connection went with it.
    for (const [id, known] of this.#sessions) if (known.client !== client) this.#sessions.delete(id);
    const evicted = this.#evict();
    this.#opening += 1;
    try {
      await Promise.all(evicted.map(({ session }) => disconnect(session)));
      const session = await opener();
      this.#sessions.set(sessionId, { session, client, fence });
      return session;
    } finally {
      this.#opening -= 1;
    }
  }

  /** Lets go of a session; it stays resumable. */
  async detach(sessionId: string, client: CopilotClient): Promise<void> {
    const known = this.#sessions.get(sessionId);
    this.#sessions.delete(sessionId);
    if (known?.client === client) await disconnect(known.session);
  }

  /** Lets go of all. */
  async detachAll(): Promise<void> {
    const all = [...this.#sessions.values()];
    this.#sessions.clear();
    await Promise.all(all.map(({ session }) => disconnect(session)));
  }

  /** Takes out idle sessions until there is room for one more. */
  #evict(): Attached[] {
    const evicted: Attached[] = [];
    for (const [id, known] of this.#sessions) {
      if (this.#sessions.size + this.#opening < this.max) break;
      if (this.#busy.has(id)) continue;
      this.#sessions.delete(id);
      evicted.push(known);
    }
    return evicted;
  }
}

/** A session that cannot be disconnected, because it or its runtime has gone, needs no disconnecting. */
async function disconnect(session: CopilotSession): Promise<void> {
  await session.disconnect().catch(() => undefined);
}
