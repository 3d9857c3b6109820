import type { CopilotClient, CopilotSession } from '@github/copilot-sdk';
import pTimeout from 'p-timeout';

/** Longest wait for a session to be let go, in milliseconds: what meets the end of a connection may get no answer. */
const DISCONNECT_MS = 5000;

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
    await this.detach(sessionId);
    await this.#detachEarlier(client);
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
  async detach(sessionId: string): Promise<void> {
    const known = this.#sessions.get(sessionId);
    this.#sessions.delete(sessionId);
    if (known) await disconnect(known.session);
  }

  /** Those of an earlier connection are of no use. It may still be there, to finish turns: those sessions stay with it. */
  async #detachEarlier(client: CopilotClient): Promise<void> {
    const earlier = [...this.#sessions].filter(
      ([id, known]) => known.client !== client && !this.#busy.has(id),
    );
    for (const [id] of earlier) this.#sessions.delete(id);
    await Promise.all(earlier.map(([, { session }]) => disconnect(session)));
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
  await pTimeout(session.disconnect(), { milliseconds: DISCONNECT_MS }).catch(() => undefined);
}
