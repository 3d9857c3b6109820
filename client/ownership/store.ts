/** Who owns which session, for ids that do not say so themselves, and to see that no id is used twice. */
export interface OwnershipStore {
  /** Makes this owner the owner of a session that has none; false when somebody else owns it. */
  claim(sessionId: string, owner: string): Promise<boolean>;
  /** Undefined when nobody owns the session. */
  ownerOf(sessionId: string): Promise<string | undefined>;
  /** Forgets the session; false when this owner does not own it. */
  release(sessionId: string, owner: string): Promise<boolean>;
}

/** Owners within one process: lost with it. */
export class MemoryOwnershipStore implements OwnershipStore {
  readonly #owners = new Map<string, string>();

  async claim(sessionId: string, owner: string): Promise<boolean> {
    const known = this.#owners.get(sessionId) ?? owner;
    this.#owners.set(sessionId, known);
    return known === owner;
  }

  async ownerOf(sessionId: string): Promise<string | undefined> {
    return this.#owners.get(sessionId);
  }

  async release(sessionId: string, owner: string): Promise<boolean> {
    return this.#owners.get(sessionId) === owner && this.#owners.delete(sessionId);
  }
}
