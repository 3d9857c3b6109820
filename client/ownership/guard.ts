import type {
  CopilotClient,
  CopilotSession,
  ResumeSessionConfig,
  SessionConfig,
  SessionMetadata,
} from '@github/copilot-sdk';

import { encodeSessionId, isOwnedBy, parseSessionId, type SessionOwner } from '../session-id.js';

import type { OwnershipStore } from './store.js';

/** There is no such session, or it is not this owner's: nobody learns which. */
export class SessionNotFoundError extends Error {
  override readonly name = 'SessionNotFoundError';

  constructor(sessionId: string) {
    super(
      `session ${JSON.stringify(sessionId)} not found: see that the id is complete, and that it is of this owner`,
    );
  }
}

/** The clients of a runtime or a gateway; what the guard needs of one. */
type Sessions = Pick<CopilotClient, 'createSession' | 'resumeSession' | 'deleteSession' | 'listSessions'>;

export interface GuardOptions {
  /** On whose behalf all calls are made. */
  readonly owner: SessionOwner;
  /** Asked besides the id itself. @default - the id alone says who owns a session */
  readonly store?: OwnershipStore;
}

/**
 * A client for one owner. Runtimes and gateways know tenants at most: that one user of a tenant does not get the
 * sessions of another is up to the application, and this does it.
 */
export class OwnedSessions {
  readonly #client: Sessions;
  readonly #owner: SessionOwner;
  readonly #store: OwnershipStore | undefined;

  constructor(client: Sessions, { owner, store }: GuardOptions) {
    this.#client = client;
    this.#owner = owner;
    this.#store = store;
  }

  /**
   * Creates a session under an id that says whose it is.
   *
   * @param unique tells it apart from the owner's others. @default - random
   */
  async create({
    unique,
    ...config
  }: Omit<SessionConfig, 'sessionId'> & { readonly unique?: string }): Promise<CopilotSession> {
    const sessionId = encodeSessionId({ ...this.#owner, ...(unique !== undefined && { unique }) });
    if (this.#store && !(await this.#store.claim(sessionId, ownerName(sessionId)))) {
      throw new SessionNotFoundError(sessionId);
    }
    return this.#client.createSession({ ...config, sessionId });
  }

  /** @throws {SessionNotFoundError} when it is not this owner's, before the runtime is asked */
  async resume(sessionId: string, config: ResumeSessionConfig): Promise<CopilotSession> {
    await this.#assertOwned(sessionId);
    return this.#client.resumeSession(sessionId, config);
  }

  /** @throws {SessionNotFoundError} when it is not this owner's, before the runtime is asked */
  async delete(sessionId: string): Promise<void> {
    await this.#assertOwned(sessionId);
    await this.#client.deleteSession(sessionId);
    await this.#store?.release(sessionId, ownerName(sessionId));
  }

  /** The owner's sessions. */
  async list(): Promise<SessionMetadata[]> {
    const all = await this.#client.listSessions();
    const owned = await Promise.all(all.map(({ sessionId }) => this.owns(sessionId)));
    return all.filter((_, at) => owned[at]);
  }

  /** Whether a session is this owner's, by its id and by the store. */
  async owns(sessionId: string): Promise<boolean> {
    if (!isOwnedBy(sessionId, this.#owner)) return false;
    return !this.#store || (await this.#store.ownerOf(sessionId)) === ownerName(sessionId);
  }

  async #assertOwned(sessionId: string): Promise<void> {
    if (!(await this.owns(sessionId))) throw new SessionNotFoundError(sessionId);
  }
}

/** How the store names the owner that an id carries. */
function ownerName(sessionId: string): string {
  const { tenant, user, workload } = parseSessionId(sessionId)!;
  return JSON.stringify([tenant, user ?? null, workload ?? null]);
}
