import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';

import { lastWords, type Instance, type Observation, type Process } from '../diagnosis/index.js';
import { localFiles, type Manifest, type ManifestRuntime, type RuntimeId } from '../topology/index.js';
import { parseLocalEndpoint, type LocalEndpoint } from '../topology/local-endpoint.js';

import { exists } from './processes.js';

/** The host itself gives a runtime 5 s to prove that it can write. */
const ANSWER_MS = 8000;

/**
 * Looks at the runtimes of a local manifest: the endpoint file that their keeper writes, their process, and what the
 * host answers.
 *
 * @param manifestFile everything else lies relative to it
 */
export async function observeLocal(manifest: Manifest, manifestFile: string): Promise<Observation[]> {
  const directory = path.dirname(path.resolve(manifestFile));
  return Promise.all(
    Object.entries(manifest.runtimes).map(([id, runtime]) => observe(directory, id as RuntimeId, runtime)),
  );
}

async function observe(directory: string, id: RuntimeId, runtime: ManifestRuntime): Promise<Observation> {
  const file = path.join(directory, localFiles(id).endpoint);
  const endpoint = parseLocalEndpoint(await readFile(file, 'utf8').catch(() => ''));
  const nothing = { runtime: id, state: runtime.state, instances: [], events: [] };
  if (!endpoint || !exists(endpoint.pid)) return nothing;

  const notReady = await readiness(endpoint);
  const lastLine =
    notReady === undefined
      ? undefined
      : lastWords(await readFile(path.join(directory, localFiles(id).log), 'utf8').catch(() => ''));
  const process: Process = {
    image: runtime.expect.binary,
    ready: notReady === undefined,
    restarts: 0,
    state: 'running',
    ...(notReady !== undefined && { notReady }),
    ...(lastLine !== undefined && { lastLine }),
  };
  const since = await stat(file).then(
    ({ mtimeMs }) => mtimeMs,
    () => undefined,
  );
  const instance: Instance = {
    name: `process ${endpoint.pid}`,
    leaving: false,
    conditions: [],
    process,
    ...(since !== undefined && { since }),
  };
  return {
    ...nothing,
    workload: { observed: true, wanted: 1, updated: 1, ready: process.ready ? 1 : 0, conditions: [] },
    instances: [instance],
  };
}

/** Why the host is not ready; undefined when it is. */
async function readiness({ healthPort }: LocalEndpoint): Promise<string | undefined> {
  try {
    const response = await fetch(`http://127.0.0.1:${healthPort}/readyz`, {
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    if (response.ok) return undefined;
    const { reason } = (await response.json()) as { reason?: unknown };
    return typeof reason === 'string' ? reason : `its host answers ${response.status}`;
  } catch (error) {
    const { cause } = error as Error;
    return `its host does not answer on port ${healthPort} (${cause instanceof Error ? cause.message : 'no answer in time'})`;
  }
}
