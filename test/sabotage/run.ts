import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

import { bringUp } from '../../local/index.js';
import { LocalTarget, runSuite, type Result, type SuiteOptions } from '../../smoke/index.js';
import { manifestOf, parseTopology, planTopology } from '../../topology/index.js';

import { withAlterations } from './altered-gateway.js';
import type { Running, Sabotage } from './sabotage.js';
import { TOKEN_ENV } from './tokens.js';

/** Patience with a machine that has other work too. */
const READY_MS = 60_000;

/** Both kinds of runtimes, and as few of them as there can be; everything that a check can need is there. */
const TOPOLOGY = JSON.stringify({
  name: 'sabotage',
  platform: 'local',
  pattern: 'hybrid',
  runtime: { integrationId: 'acme-assistant', allowShortIdleTimeout: true },
  // Suites of several sabotages work as the same tenants at once.
  pool: { replicas: 1, gateway: { limits: { connections: 100, sessions: 200, turns: 100 } } },
  tenants: {
    // Long enough for no session to end in the middle of a check on a busy machine.
    acme: { placement: 'dedicated', idleTimeoutSeconds: 4 },
    docs: { placement: 'pool' },
    support: { placement: 'pool' },
  },
  smoke: { standIn: { model: true, github: true } },
});

/**
 * Brings real runtimes up in a directory of their own and takes them down again, whatever happens in between; nothing
 * is left behind.
 *
 * @param sabotage what it changes of topology, launches and files is done; nothing without one
 */
export async function withDeployment<T>(
  sabotage: Sabotage | undefined,
  use: (running: Running) => Promise<T>,
): Promise<T> {
  const { topology: change, launch, gateway, afterUp, restarts = true } = sabotage ?? {};
  const stateRoot = await mkdtemp(path.join(os.tmpdir(), 'copilot-runtimes-sabotage-'));
  const cleanups: (() => unknown)[] = [() => rm(stateRoot, { recursive: true, force: true, maxRetries: 5 })];
  const afterwards = (cleanup: () => unknown) => void cleanups.push(cleanup);
  try {
    const topology = parseTopology(TOPOLOGY);
    const plan = planTopology(change?.(topology) ?? topology);
    const deployment = await bringUp(plan, {
      stateRoot,
      env: TOKEN_ENV,
      readyTimeoutMs: READY_MS,
      ...(launch && { adaptLaunch: (one, all) => launch(one, all, afterwards) }),
      ...(gateway && { adaptGateway: (one) => withAlterations(one, gateway) }),
      // No run is long enough to earn a new budget of restarts.
      ...(!restarts && { keeper: { restarts: 0, stableMs: Infinity } }),
    });
    afterwards(() => deployment.stop());
    const manifest = manifestOf(plan);
    const target = new LocalTarget(manifest, deployment.manifestFile);
    const running: Running = { manifest, directory: deployment.stateDirectory, target, afterwards };
    await afterUp?.(running);
    return await use(running);
  } finally {
    for (const cleanup of cleanups.reverse()) await cleanup();
  }
}

/** Runs the suite against a deployment, through the client side of a sabotage; gives back what failed. */
export async function failures(
  running: Running,
  sabotage: Sabotage | undefined,
  options: SuiteOptions = {},
): Promise<readonly Result[]> {
  const target = (await sabotage?.target?.(running)) ?? running.target;
  const oldTokens = await sabotage?.oldTokens?.(running);
  const { results } = await runSuite(running.manifest, target, {
    ...options,
    ...(oldTokens && { oldTokens }),
  });
  return results.filter(({ verdict }) => verdict === 'failed');
}
