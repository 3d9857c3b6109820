import { setInterval } from 'node:timers/promises';

import {
  CopilotClient,
  RuntimeConnection,
  type CopilotSession,
  type ResumeSessionConfig,
  type SessionConfig,
} from '@github/copilot-sdk';
import pTimeout from 'p-timeout';

import { assertAllowlist } from './allowlist.js';
import { assertOptions } from './options.js';

export interface ConnectOptions {
  /** `host:port` of a runtime. The protocol has no TLS. */
  readonly address: string;
  /** Token of that runtime: root on it. Keep it in the back end, never hand it to a tenant. */
  readonly connectionToken?: string;
  /** Longest wait for the handshake: a large prompt can stall a runtime for 24 s. @default 30_000 */
  readonly connectTimeoutMs?: number;
  /** Passed with each session that names no model access of its own, on create and on resume. @default - none */
  readonly access?: ModelAccess;
}

/** Where sessions get a model from. A runtime keeps none of it: it goes with every create and resume. */
export type ModelAccess =
  | { readonly gitHubToken: string }
  | { readonly provider: NonNullable<SessionConfig['provider']>; readonly model: string };

/** Between two looks at whether the other side is still there during the handshake, in milliseconds. */
const HANG_UP_LOOK_MS = 100;

const OPTIONS: readonly (keyof ConnectOptions)[] = [
  'address',
  'connectionToken',
  'connectTimeoutMs',
  'access',
];

const ELSEWHERE = {
  gitHubToken: 'the SDK takes it with a session, not with a client: use access: { gitHubToken }',
};

/**
 * A client in empty mode that looks at each allowlist before the runtime does, on resume too: a session that is
 * resumed without one gets back every built-in tool.
 */
export class RuntimeClient extends CopilotClient {
  readonly #access: ModelAccess | undefined;

  /** @throws {OptionsError} for an option that would be ignored */
  constructor(options: ConnectOptions) {
    assertOptions(options, OPTIONS, ELSEWHERE);
    const { address, connectionToken, access } = options;
    super({
      mode: 'empty',
      connection: RuntimeConnection.forUri(address, connectionToken === undefined ? {} : { connectionToken }),
    });
    this.#access = access;
  }

  override async createSession(config: SessionConfig): Promise<CopilotSession> {
    assertAllowlist(config.availableTools);
    return super.createSession(this.#withAccess(config));
  }

  override async resumeSession(sessionId: string, config: ResumeSessionConfig): Promise<CopilotSession> {
    assertAllowlist(config.availableTools);
    return super.resumeSession(sessionId, this.#withAccess(config));
  }

  #withAccess<T extends SessionConfig | ResumeSessionConfig>(config: T): T {
    // A cloud session runs as the process, whatever it is given.
    const own = ['provider', 'providers', 'gitHubToken', 'gitHubTokenProvider', 'cloud'].some(
      (key) => (config as Record<string, unknown>)[key] !== undefined,
    );
    return own ? config : { ...this.#access, ...config };
  }
}

/**
 * Connects to a runtime; the handshake proves the token.
 *
 * @throws {OptionsError} for an option that would be ignored; ResponseError -32002 when the token is refused; Error "Failed to connect …" when nobody listens;
 * TimeoutError when somebody does but never answers; Error "… closed the connection …" when it ends before it has answered
 */
export async function connectRuntime(options: ConnectOptions): Promise<RuntimeClient> {
  const { address, connectTimeoutMs = 30_000 } = options;
  const client = new RuntimeClient(options);
  const hangUp = new AbortController();
  try {
    const started = Promise.race([client.start(), hungUp(client, address, hangUp.signal)]);
    await pTimeout(started, {
      milliseconds: connectTimeoutMs,
      message: `${address} takes the connection but did not answer within ${connectTimeoutMs / 1000} s: see that it is a runtime, and that it does not have its 128 connections already`,
    });
  } catch (error) {
    // A client whose start failed keeps its socket otherwise.
    await client.forceStop();
    throw error;
  } finally {
    hangUp.abort();
  }
  closeOnWriteError(client);
  return client;
}

/**
 * Rejects when the other side ends before it has answered the handshake, as a runtime does that is being replaced: SDK
 * 1.0.14 notes that, and waits on.
 *
 * @param over ends the looking
 */
async function hungUp(client: RuntimeClient, address: string, over: AbortSignal): Promise<never> {
  const noted = client as unknown as { readonly connectionClosed: boolean };
  for await (const _ of setInterval(HANG_UP_LOOK_MS, undefined, { signal: over, ref: false })) {
    if (noted.connectionClosed) break;
  }
  throw new Error(`${address} closed the connection before it had answered: try again`);
}

/**
 * Closes a client that cannot write any more, which rejects whatever waits for an answer. Otherwise a write that meets
 * the end of a runtime would end the whole process: besides the call that failed, vscode-jsonrpc 8.2 rejects a promise
 * that nobody can catch.
 */
function closeOnWriteError(client: RuntimeClient): void {
  const { messageWriter } = client as unknown as {
    readonly messageWriter: { write(message: unknown): Promise<void> };
  };
  const write = messageWriter.write.bind(messageWriter);
  messageWriter.write = (message) =>
    write(message).catch(() => {
      void client.forceStop().catch(() => undefined);
    });
}
