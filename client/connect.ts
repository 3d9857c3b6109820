import {
  CopilotClient,
  RuntimeConnection,
  type CopilotSession,
  type ResumeSessionConfig,
  type SessionConfig,
} from '@github/copilot-sdk';
import pTimeout from 'p-timeout';

import { assertAllowlist } from './allowlist.js';

export interface ConnectOptions {
  /** `host:port` of a runtime. The protocol has no TLS. */
  readonly address: string;
  /** Token of that runtime: root on it. Keep it in the back end, never hand it to a tenant. */
  readonly connectionToken?: string;
  /** Longest wait for the handshake: a large prompt can stall a runtime for 24 s. @default 30_000 */
  readonly connectTimeoutMs?: number;
}

/**
 * A client in empty mode that looks at each allowlist before the runtime does, on resume too: a session that is
 * resumed without one gets back every built-in tool.
 */
export class RuntimeClient extends CopilotClient {
  constructor({ address, connectionToken }: ConnectOptions) {
    super({
      mode: 'empty',
      connection: RuntimeConnection.forUri(address, connectionToken === undefined ? {} : { connectionToken }),
    });
  }

  override async createSession(config: SessionConfig): Promise<CopilotSession> {
    assertAllowlist(config.availableTools);
    return super.createSession(config);
  }

  override async resumeSession(sessionId: string, config: ResumeSessionConfig): Promise<CopilotSession> {
    assertAllowlist(config.availableTools);
    return super.resumeSession(sessionId, config);
  }
}

/**
 * Connects to a runtime; the handshake proves the token.
 *
 * @throws ResponseError -32002 when the token is refused; Error "Failed to connect …" when nobody listens;
 * TimeoutError when somebody does but never answers
 */
export async function connectRuntime(options: ConnectOptions): Promise<CopilotClient> {
  const { address, connectTimeoutMs = 30_000 } = options;
  const client = new RuntimeClient(options);
  try {
    await pTimeout(client.start(), {
      milliseconds: connectTimeoutMs,
      message: `${address} takes the connection but did not answer within ${connectTimeoutMs / 1000} s: see that it is a runtime, and that it does not have its 128 connections already`,
    });
  } catch (error) {
    // A client whose start failed keeps its socket otherwise.
    await client.forceStop();
    throw error;
  }
  return client;
}
