import { hostname } from 'node:os';
import { CopilotClient, RuntimeConnection, type CopilotSession } from '@github/copilot-sdk';
import type { HostConfig } from './config.js';
import { messageOf } from './failure.js';
import { homeErrorCode } from './home.js';
import type { Log } from './log.js';

const HEALTH_SESSION = 'copilot-runtimes-health';

/**
 * Id of the never-prompted session; the same on every start, so that a home holds one of them, and another one for
 * each runtime that shares its sessions.
 */
export function healthSession({ runtime, sessions }: Pick<HostConfig, 'runtime' | 'sessions'>): string {
  return sessions === undefined
    ? HEALTH_SESSION
    : `${HEALTH_SESSION}-${(runtime ?? hostname()).replace(/[^A-Za-z0-9_-]/g, '-')}`;
}

const PROBE_FILE = 'probe';

/** Room that a home must have: a session is a folder with half a dozen small files. */
const PROBE_CONTENT = 'x'.repeat(64 * 1024);

/** A provider that is never called: with one, making a session never waits for GitHub. */
export const NO_PROVIDER = {
  model: 'none',
  provider: { type: 'openai', baseUrl: 'http://127.0.0.1:9/v1' },
} as const;

/**
 * The host's one connection to its runtime and the one session on it. Both are made when first needed, and made
 * again when lost. No call here is sure to settle: whoever calls sets a deadline.
 */
export class RuntimeConnectionHolder {
  #client: Promise<CopilotClient> | undefined;
  #session: Promise<CopilotSession> | undefined;

  /**
   * @param uri `host:port` of the runtime
   * @param session id of the never-prompted session
   */
  constructor(
    private readonly uri: string,
    private readonly connectionToken: string,
    private readonly session: string,
    private readonly log: Log,
  ) {}

  async ping(): Promise<void> {
    await this.#withRetry(async () => {
      await (await this.#connected()).ping('health');
    });
  }

  /**
   * Writes one small file into the home through the runtime. First a larger one: on a full disk, overwriting a small
   * file still succeeds.
   */
  async writeProof(): Promise<void> {
    await this.#withRetry(async () => {
      const { workspaces } = (await this.#openSession()).rpc;
      try {
        await workspaces.createFile({ path: PROBE_FILE, content: PROBE_CONTENT });
      } finally {
        await workspaces.createFile({ path: PROBE_FILE, content: '' });
      }
    });
  }

  /** Forgets the connection, so that the next call makes a new one; a client that failed once cannot be used again. */
  drop(reason: string): void {
    const client = this.#client;
    if (!client) return;
    this.#client = undefined;
    this.#session = undefined;
    this.log.warn({ reason }, 'dropped the connection to the runtime');
    client.then((old) => old.forceStop()).catch(() => undefined);
  }

  /** A second try on a new connection, unless the answer was about the home: a new one would not change that. */
  async #withRetry(use: () => Promise<void>): Promise<void> {
    const before = this.#client;
    try {
      await use();
    } catch (error) {
      if (homeErrorCode(error)) throw error;
      if (this.#client === before || before === undefined) this.drop(messageOf(error));
      await use();
    }
  }

  #connected(): Promise<CopilotClient> {
    this.#client ??= this.#connect();
    return this.#client;
  }

  async #connect(): Promise<CopilotClient> {
    const connection = RuntimeConnection.forUri(this.uri, { connectionToken: this.connectionToken });
    const client = new CopilotClient({ mode: 'empty', connection });
    await client.start();
    return client;
  }

  #openSession(): Promise<CopilotSession> {
    const opening = (this.#session ??= this.#connected().then((client) =>
      client.createSession({ sessionId: this.session, availableTools: [], ...NO_PROVIDER }),
    ));
    // A session that could not be made, for the disk was full, is to be tried again on the same connection.
    opening.catch(() => {
      if (this.#session === opening) this.#session = undefined;
    });
    return opening;
  }
}
