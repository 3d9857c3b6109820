import { readFile } from 'node:fs/promises';

import { connectTenant, localResolver, parseManifest } from '../../client/index.js';

/** One question to the tenant's runtime, or to its pool. */
export async function ask(manifestFile: string, tenant: string, prompt: string) {
  const manifest = parseManifest(await readFile(manifestFile, 'utf8'));
  // In a cluster: kubernetesResolver().
  const client = await connectTenant(manifest, tenant, { resolve: localResolver(manifestFile) });
  try {
    // Tools, or [] for none: nothing is allowed that is not named.
    const session = await client.createSession({ availableTools: [] });
    const answer = await session.sendAndWait({ prompt });
    await client.deleteSession(session.sessionId);
    return answer?.data.content;
  } finally {
    await client.stop();
  }
}
