import { lastUsage, lastWords, type Observation, type Process } from '../diagnosis/index.js';

import { API_VERSIONS } from './api-versions.js';
import type { Arm } from './arm.js';
import type { Group } from './group.js';

/** Lines of a log that are looked at. */
const TAIL_LINES = 200;

/** What hosts log once they serve. */
const READY = /"msg":"(ready|the gateway listens)"/;

/** In milliseconds: by then a readiness probe that fails has told so, and nothing needs to be read from the log. */
const PROBED_MS = 30_000;

/**
 * Adds what the host of a group says itself. Whoever may not read logs still gets all the rest: then the words are
 * missing and nothing fails.
 *
 * @param now milliseconds since 1970
 * @param usage what its host has logged last of sessions, memory and volume, too
 */
export async function withWords(
  arm: Arm,
  group: Group | undefined,
  observation: Observation,
  now: number,
  usage = false,
): Promise<Observation> {
  const { instances, workload } = observation;
  const [instance] = instances;
  const container = group?.properties.containers[0];
  const { process } = instance ?? {};
  if (!container || !workload || !process || !hasRun(process)) return observation;
  const isYoung = process.state === 'running' && now - (instance?.since ?? 0) < PROBED_MS;
  if (process.ready && !isYoung && !usage) return observation;
  const log = await tail(arm, group.id, container.name);
  const known = usage ? usageIn(log) : {};
  if (process.ready && (!isYoung || READY.test(log))) {
    return { ...observation, instances: [{ ...instance!, process: { ...process, ...known } }] };
  }
  const lastLine = lastWords(log);
  const said: Process = {
    ...process,
    ...known,
    ready: false,
    ...(process.ready && { notReady: 'its host has not said yet that it is ready' }),
    ...(lastLine !== undefined && { lastLine }),
  };
  return {
    ...observation,
    workload: { ...workload, ready: 0 },
    instances: [{ ...instance!, process: said }],
  };
}

const hasRun = ({ state, lastEnd }: Process) => state === 'running' || lastEnd !== undefined;

function usageIn(log: string): Pick<Process, 'usage' | 'usageUnknown'> {
  const found = lastUsage(log);
  return found ? { usage: found } : { usageUnknown: 'its log cannot be read, or does not tell it yet' };
}

/** Of a container that was started again, this is the log of its current run only. */
async function tail(arm: Arm, id: string, container: string): Promise<string> {
  const call = arm.get<{ readonly content?: string }>(`${id}/containers/${container}/logs`, {
    apiVersion: API_VERSIONS.containerInstance,
    query: { tail: String(TAIL_LINES) },
  });
  return call.then(
    ({ content = '' }) => content,
    () => '',
  );
}
