import { readFile } from 'node:fs/promises';

import { approveAll, type CopilotClient } from '@github/copilot-sdk';

import { KubernetesTarget } from '../../../smoke/targets/kubernetes/target.js';
import { parseManifest, type Manifest } from '../../../topology/index.js';
import { directive, STAND_IN_MODEL } from '../../../topology/stand-in.js';

import type { Environment } from './environment.js';

export async function readManifest(file: string): Promise<Manifest> {
  return parseManifest(await readFile(file, 'utf8'), file);
}

/** Does something as a client of a runtime that is deployed, with its own token or another. */
export async function withRuntime<T>(
  { cluster }: Environment,
  manifestFile: string,
  runtime: string,
  use: (client: CopilotClient, token: string) => Promise<T>,
  connectionToken?: string,
): Promise<T> {
  const manifest = await readManifest(manifestFile);
  const target = new KubernetesTarget({ manifest, cluster });
  try {
    const token = connectionToken ?? (await target.secret(manifest.runtimes[runtime]!.connectionToken));
    const client = await target.connect({ address: await target.address(runtime), connectionToken: token });
    try {
      return await use(client, token);
    } finally {
      await client.forceStop();
    }
  } finally {
    await target.close();
  }
}

/** Options of a session with the stand-in model. */
export const SETTINGS = {
  availableTools: ['custom:*'],
  onPermissionRequest: approveAll,
  model: STAND_IN_MODEL,
  // The stand-in model that each runtime host serves on its own loopback.
  provider: { type: 'openai' as const, baseUrl: 'http://127.0.0.1:4390/v1', apiKey: 'key' },
};

/** Creates a session with one finished turn. */
export async function leaveSession(
  environment: Environment,
  manifest: string,
  runtime: string,
  sessionId: string,
): Promise<void> {
  await withRuntime(environment, manifest, runtime, async (client) => {
    const session = await client.createSession({ ...SETTINGS, sessionId });
    await session.sendAndWait({ prompt: directive({ reply: `kept ${sessionId}` }) }, 20_000);
  });
}

/** What a session has been told by the model so far; resumes it. */
export async function replies(
  environment: Environment,
  manifest: string,
  runtime: string,
  sessionId: string,
): Promise<string[]> {
  return withRuntime(environment, manifest, runtime, async (client) => {
    const session = await client.resumeSession(sessionId, SETTINGS);
    const events = await session.getEvents();
    return events.flatMap((event) => (event.type === 'assistant.message' ? [event.data.content] : []));
  });
}
