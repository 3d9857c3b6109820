import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';

import pLimit from 'p-limit';

import {
  lastWords,
  readStatus,
  type HostStatus,
  type Instance,
  type Observation,
  type Process,
} from '../diagnosis/index.js';
import { GATEWAY_FILES, GATEWAY_NAME, localFiles, type Manifest, type RuntimeId } from '../topology/index.js';
import { parseLocalEndpoint, type LocalEndpoint } from '../topology/local-endpoint.js';

import { exists } from './processes.js';

/** The host itself gives a runtime 5 s to prove that it can write. */
const ANSWER_MS = 8000;

/** Hosts that are asked side by side: enough that those which hang do not keep the others waiting. */
const PARALLEL = 64;

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
 * @param answerMs how long a host may take
 */
export async function observeLocal(
  manifest: Manifest,
  manifestFile: string,
  answerMs = ANSWER_MS,
): Promise<Observation[]> {
  const directory = path.dirname(path.resolve(manifestFile));
  const limit = pLimit(PARALLEL);
  return limit.map(programsOf(manifest), (program) => observe(directory, program, answerMs));
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

async function observe(
  directory: string,
  { id, state, image, files }: Program,
  answerMs: number,
): Promise<Observation> {
  const file = path.join(directory, files.endpoint);
  const endpoint = parseLocalEndpoint(await readFile(file, 'utf8').catch(() => ''));
  const nothing = { runtime: id, state, instances: [], events: [] };
  const log = async () => readFile(path.join(directory, files.log), 'utf8').catch(() => '');
  if (!endpoint || !exists(endpoint.pid)) {
    const last = state === 'active' ? wordsOfTheDead(await log()) : undefined;
    return { ...nothing, ...(last !== undefined && { lastWords: last }) };
  }

  const { notReady, usage } = await ask(endpoint, answerMs);
  const lastLine = notReady === undefined ? undefined : lastWords(await log());
  const process: Process = {
    image,
    ready: notReady === undefined,
    restarts: 0,
    state: 'running',
    ...(notReady !== undefined && { notReady }),
    ...(lastLine !== undefined && { lastLine }),
    ...(usage && { usage }),
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

/** What a host that is gone said last; nothing where it was told to go. */
function wordsOfTheDead(log: string): string | undefined {
  const isInOrder = /"msg":"stopped"\}\s*$/.test(log);
  return isInOrder ? undefined : lastWords(log);
}

/** What a host says of itself, or that it says nothing. */
async function ask({ healthPort }: LocalEndpoint, answerMs: number): Promise<Partial<HostStatus>> {
  const deadline = AbortSignal.timeout(answerMs);
  const get = async (path: string) =>
    (await fetch(`http://127.0.0.1:${healthPort}${path}`, { signal: deadline })).text();
  try {
    // One that was started by an earlier version knows only the second.
    const status = readStatus(await get('/statusz')) ?? readStatus(await get('/readyz'));
    return status ?? { notReady: `what listens on port ${healthPort} is no host of a runtime` };
  } catch (error) {
    const { cause } = error as Error;
    const why = cause instanceof Error ? cause.message : `no answer within ${answerMs / 1000} s`;
    return { notReady: `its host does not answer on port ${healthPort} (${why})` };
  }
}
