import type { Readable } from 'node:stream';

export interface SendOptions {
  /** Sessions whose ids begin with this; all, when it is empty. */
  readonly prefix: string;
  /** How long a turn that is under way is waited for. */
  readonly waitSeconds: number;
}

/** A file of a session: its path in there, and its SHA-256. */
export type FileDigest = readonly [path: string, sha256: string];

/** The sessions of one runtime, wherever it runs. Every method fails with a BackupError. */
export interface SessionStore {
  readonly runtime: string;
  /** Sessions as a stream for `receiveSessions`; each as it was when nothing in it changed. */
  send(options: SendOptions): Readable;
  /** What is there of these sessions, by id; those that are not there are left out. */
  look(ids: readonly string[]): Promise<Record<string, readonly FileDigest[]>>;
  /**
   * Takes over the sessions of a stream: each appears whole or not at all, and none takes the place of another.
   *
   * @param tenant whose they are
   */
  receive(tenant: string, sessions: Readable): Promise<void>;
}
