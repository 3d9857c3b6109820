import { openWorkload, type Manifest, type Resolver } from '../../client/index.js';

/** Heavy work goes to a cloud session where the topology allows it, and stays on the tenant's runtime elsewhere. */
export async function migrate(manifest: Manifest, tenant: string, resolve: Resolver, prompt: string) {
  const settings = { availableTools: [] };
  const { session, on, fellBack, close } = await openWorkload(manifest, tenant, 'heavy', {
    resolve,
    settings,
  });
  try {
    const answer = await session.sendAndWait({ prompt }, 60 * 60 * 1000);
    return { on, blocked: fellBack?.message, answer: answer?.data.content };
  } finally {
    await close();
  }
}
