import { readFileSync } from 'node:fs';
import path from 'node:path';

import { approveAll, type CopilotClient, type CopilotSession } from '@github/copilot-sdk';

import { connectRuntime } from '../../client/index.js';
import { localFiles, type RuntimeId } from '../../topology/index.js';
import { parseLocalEndpoint, type LocalEndpoint } from '../../topology/local-endpoint.js';
import { directive, STAND_IN_MODEL, type Directive } from '../../topology/stand-in.js';

import { afterTest } from './cleanup.js';

/** The endpoint that stands in a state directory; undefined while there is none. */
export function endpointOf(state: string, runtime: RuntimeId): LocalEndpoint | undefined {
  try {
    return parseLocalEndpoint(readFileSync(path.join(state, localFiles(runtime).endpoint), 'utf8'));
  } catch {
    return undefined;
  }
}

export function tokenOf(state: string, runtime: RuntimeId): string {
  return readFileSync(path.join(state, localFiles(runtime).connectionToken), 'utf8');
}

/** Connects to a runtime with its own token, or another one. */
export async function clientOf(
  state: string,
  runtime: RuntimeId,
  connectionToken = tokenOf(state, runtime),
): Promise<CopilotClient> {
  const address = `127.0.0.1:${endpointOf(state, runtime)?.port}`;
  const client = await connectRuntime({ address, connectionToken });
  afterTest(() => client.forceStop());
  return client;
}

/** Settings of a session with the stand-in model of a runtime. */
export function sessionConfig(state: string, runtime: RuntimeId) {
  const baseUrl = `http://127.0.0.1:${endpointOf(state, runtime)?.standInPort}/v1`;
  return {
    availableTools: ['custom:*'],
    onPermissionRequest: approveAll,
    model: STAND_IN_MODEL,
    provider: { type: 'openai' as const, baseUrl, apiKey: 'key' },
  };
}

export async function ask(session: CopilotSession, asked: Directive): Promise<string | undefined> {
  return (await session.sendAndWait({ prompt: directive(asked) }, 10_000))?.data.content;
}
