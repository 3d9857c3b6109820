import type { Instance, Observation, Process } from '../diagnosis/index.js';
import { lastWords } from '../diagnosis/index.js';

import { inTime } from './api-error.js';
import { askHost, HostUnreachable } from './ask-host.js';
import type { Cluster } from './connection.js';
import type { Subject } from './subjects.js';

/** Lines of a log that are looked at. */
const TAIL_LINES = 50;

/** What hosts are asked for. */
export interface ObserveOptions {
  /** Sessions, memory and volume too, of those that are well as well. @default false */
  readonly usage?: boolean;
}

/**
 * Adds what the hosts say themselves. Whoever may not read logs still gets all the rest: then the words are missing
 * and nothing fails.
 */
export async function withWords(
  cluster: Cluster,
  { namespace }: Subject,
  observation: Observation,
  { usage = false }: ObserveOptions,
): Promise<Observation> {
  const instances = await Promise.all(
    observation.instances.map(async (instance): Promise<Instance> => {
      const { process, leaving, name } = instance;
      if (!process || leaving || (process.ready && !usage)) return instance;
      const [log, told] = await Promise.all([
        process.ready ? {} : lastLine(cluster, namespace, name, process),
        process.state === 'running' ? askedHost(cluster, namespace, name, usage) : ({} as Asked),
      ]);
      // The kubelet notices after three probes what the host says at once.
      const ready = process.ready && told.notReady === undefined;
      return { ...instance, process: { ...process, ...log, ...told, ready } };
    }),
  );
  const { workload } = observation;
  const fallen = instances.filter(
    ({ process }, index) => process?.ready === false && observation.instances[index]!.process?.ready,
  );
  return {
    ...observation,
    instances,
    ...(workload && { workload: { ...workload, ready: Math.max(0, workload.ready - fallen.length) } }),
  };
}

type Asked = Pick<Process, 'notReady' | 'usage' | 'usageUnknown'>;

async function askedHost(cluster: Cluster, namespace: string, pod: string, usage: boolean): Promise<Asked> {
  try {
    const status = await askHost(cluster, namespace, pod);
    return usage ? status : { ...(status.notReady !== undefined && { notReady: status.notReady }) };
  } catch (error) {
    if (error instanceof HostUnreachable) return usage ? { usageUnknown: error.message } : {};
    throw error;
  }
}

async function lastLine(
  cluster: Cluster,
  namespace: string,
  pod: string,
  { state, lastEnd }: Process,
): Promise<Pick<Process, 'lastLine'>> {
  const running = state === 'running';
  if (!running && lastEnd === undefined) return {};
  // A host that has just been started again has not come to its last words yet.
  const found = lastWords(await tail(cluster, namespace, pod, running && lastEnd !== undefined));
  return found === undefined ? {} : { lastLine: found };
}

async function tail({ core }: Cluster, namespace: string, pod: string, previous: boolean): Promise<string> {
  const call = core.readNamespacedPodLog({ namespace, name: pod, tailLines: TAIL_LINES, previous });
  return inTime(call).catch(() => '');
}
