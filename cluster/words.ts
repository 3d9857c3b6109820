import type { Instance, Observation, Process } from '../diagnosis/index.js';
import { lastWords } from '../diagnosis/index.js';

import { inTime } from './api-error.js';
import type { Cluster } from './connection.js';
import { askReadiness } from './readiness.js';
import type { Subject } from './subjects.js';

/** Lines of a log that are looked at. */
const TAIL_LINES = 50;

/**
 * Adds what the hosts say themselves. Whoever may not read logs still gets all the rest: then the words are missing
 * and nothing fails.
 */
export async function withWords(
  cluster: Cluster,
  { namespace }: Subject,
  observation: Observation,
): Promise<Observation> {
  const instances = await Promise.all(
    observation.instances.map(async (instance): Promise<Instance> => {
      const { process, leaving } = instance;
      if (!process || process.ready || leaving) return instance;
      return {
        ...instance,
        process: { ...process, ...(await words(cluster, namespace, instance.name, process)) },
      };
    }),
  );
  return { ...observation, instances };
}

async function words(
  cluster: Cluster,
  namespace: string,
  pod: string,
  process: Process,
): Promise<Pick<Process, 'lastLine' | 'notReady'>> {
  const running = process.state === 'running';
  if (!running && process.lastEnd === undefined) return {};
  const [log, notReady] = await Promise.all([
    // A host that has just been started again has not come to its last words yet.
    tail(cluster, namespace, pod, running && process.lastEnd !== undefined),
    running ? askReadiness(cluster, namespace, pod).catch(() => undefined) : undefined,
  ]);
  const lastLine = lastWords(log);
  return { ...(lastLine !== undefined && { lastLine }), ...(notReady !== undefined && { notReady }) };
}

async function tail({ core }: Cluster, namespace: string, pod: string, previous: boolean): Promise<string> {
  const call = core.readNamespacedPodLog({ namespace, name: pod, tailLines: TAIL_LINES, previous });
  return inTime(call).catch(() => '');
}
