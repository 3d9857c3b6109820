import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';

import { lastWords, type Instance, type Observation, type Process } from '../diagnosis/index.js';
import { GATEWAY_FILES, GATEWAY_NAME, localFiles, type Manifest, type RuntimeId } from '../topology/index.js';
import { parseLocalEndpoint, type LocalEndpoint } from '../topology/local-endpoint.js';

import { exists } from './processes.js';

/** The host itself gives a runtime 5 s to prove that it can write. */
const ANSWER_MS = 8000;

/** A host with its runtime, or the gateway. */
interface Program {
  readonly id: string;
  readonly state: Observation['state'];
  /** What it runs, as `status` shows it. */
  readonly image: string;
  /** Relative to the manifest. */
  readonly files: { readonly endpoint: string; readonly log: string };
}

/**
 * Looks at the runtimes of a local manifest and the gateway before its pool: the endpoint file that their keeper
 * writes, their process, and what the host answers.
 *
 * @param manifestFile everything else lies relative to it
 */
export async function observeLocal(manifest: Manifest, manifestFile: string): Promise<Observation[]> {
  const directory = path.dirname(path.resolve(manifestFile));
  return Promise.all(programsOf(manifest).map((program) => observe(directory, program)));
}

function programsOf({ runtimes, gateway }: Manifest): Program[] {
  const hosts = Object.entries(runtimes).map(([id, { state, expect }]) => ({
    id,
    state,
    image: expect.binary,
    files: localFiles(id as RuntimeId),
  }));
  if (!gateway) return hosts;
  return [...hosts, { id: GATEWAY_NAME, state: 'active', image: GATEWAY_NAME, files: GATEWAY_FILES }];
}

async function observe(directory: string, { id, state, image, files }: Program): Promise<Observation> {
  const file = path.join(directory, files.endpoint);
  const endpoint = parseLocalEndpoint(await readFile(file, 'utf8').catch(() => ''));
  const nothing = { runtime: id, state, instances: [], events: [] };
  if (!endpoint || !exists(endpoint.pid)) return nothing;

  const notReady = await readiness(endpoint);
  const lastLine =
    notReady === undefined
      ? undefined
      : lastWords(await readFile(path.join(directory, files.log), 'utf8').catch(() => ''));
  const process: Process = {
    image,
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
