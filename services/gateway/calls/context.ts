import type { Client } from '../client.js';
import type { SessionLocks } from '../locks.js';
import type { CallId, Json } from '../message.js';
import type { Metrics } from '../metrics.js';
import type { Pool } from '../pool.js';
import type { Sessions } from '../sessions.js';
import type { Tenant } from '../tenant.js';
import type { Link } from '../upstream/link.js';

/** One call of an authenticated client that the table of methods lets through. */
export interface Call {
  readonly client: Client;
  readonly tenant: Tenant;
  readonly id: CallId;
  readonly method: string;
  readonly params: Json;
}

/** What calls work with. */
export interface Context {
  readonly pool: Pool;
  readonly sessions: Sessions;
  readonly locks: SessionLocks;
  readonly metrics: Metrics;
  /** The replicas run with a GitHub identity of their own. */
  readonly poolHasIdentity: boolean;
  /** Fails a call, with its line in the audit. */
  fail(call: Call, error: unknown): void;
  /** Makes a client wait while a link has more to send than it should. */
  relieve(client: Client, link: Link): void;
}
