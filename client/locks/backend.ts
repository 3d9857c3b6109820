/** A lock as its backend granted it. */
export interface Grant {
  /** Fencing token: greater than that of every earlier grant under the same key. */
  readonly fence: number;
  /** Fence of the grant before this one; undefined when the backend knows of none. */
  readonly previousFence?: number;
}

/**
 * Where locks are kept. Each operation is atomic; `owner` is a secret of one holder, so that nobody renews or
 * releases the lock of another.
 */
export interface LockBackend {
  /** Takes the lock for so many milliseconds; undefined when somebody holds it. */
  acquire(key: string, owner: string, ttlMs: number): Promise<Grant | undefined>;
  /** Extends the lock to so many milliseconds from now; false when this owner does not hold it (any more). */
  renew(key: string, owner: string, ttlMs: number): Promise<boolean>;
  /** Gives the lock back; false when this owner does not hold it (any more). */
  release(key: string, owner: string): Promise<boolean>;
}

/** Keeps values that only the newest holder of a lock may write. */
export interface FencedStore {
  /** Writes if no later grant than this fence is known; false otherwise, and then nothing has changed. */
  write(key: string, fence: number, value: string): Promise<boolean>;
  /** The value written last. */
  read(key: string): Promise<string | undefined>;
}
