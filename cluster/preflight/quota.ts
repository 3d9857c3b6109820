import type { V1ResourceQuota } from '@kubernetes/client-node';
import { quantityToScalar } from '@kubernetes/client-node/dist/util.js';

import { Findings, type Finding } from '../../diagnosis/index.js';
import type { RuntimePlan } from '../../topology/index.js';
import { MANAGED_BY } from '../../topology/labels.js';
import { workloadName } from '../../topology/names.js';
import { millicores } from '../../topology/schema/common.js';
import { inTime } from '../api-error.js';

import { byNamespace, deployed, type PreflightCheck } from './context.js';

const MIB = 2 ** 20;
/** CPU that a runtime may take at most, unless it requests more. */
const CPU_LIMIT_MILLICORES = 2000;

/** Is there room in the quotas that others have set? Our own come with the deploy. */
export const checkQuotas: PreflightCheck = async (context) => {
  const { cluster, namespaces } = context;
  const found = [...byNamespace(deployed(context))].map(async ([namespace, runtimes]) => {
    if (!namespaces.has(namespace)) return [];
    const [quotas, deployments] = await Promise.all([
      inTime(cluster.core.listNamespacedResourceQuota({ namespace })),
      inTime(cluster.apps.listNamespacedDeployment({ namespace })),
    ]);
    const there = new Set(deployments.items.map(({ metadata }) => metadata?.name));
    return quotas.items
      .filter(({ metadata }) => !isOurs(metadata?.labels))
      .flatMap((quota) =>
        judgeQuota(
          namespace,
          quota,
          runtimes,
          runtimes.filter((runtime) => !there.has(workloadName(runtime))),
        ),
      );
  });
  return (await Promise.all(found)).flat();
};

const isOurs = (labels: Readonly<Record<string, string>> = {}) =>
  Object.entries(MANAGED_BY).every(([label, value]) => labels[label] === value);

/** @param fresh those that are not deployed yet, so that what is used does not count them */
export function judgeQuota(
  namespace: string,
  { metadata, spec, status }: V1ResourceQuota,
  runtimes: readonly RuntimePlan[],
  fresh: readonly RuntimePlan[],
): readonly Finding[] {
  const findings = new Findings('quota');
  // A quota of some kinds of pods only may not be about ours.
  if (spec?.scopes || spec?.scopeSelector) return findings.list;
  const hard = status?.hard ?? spec?.hard ?? {};
  for (const [resource, most] of Object.entries(hard)) {
    const [all, more] = [runtimes, fresh].map((some) => total(some, resource));
    const used = Number(quantityToScalar(status?.used?.[resource] ?? '0'));
    const limit = Number(quantityToScalar(most));
    if (all === undefined || more === undefined || (all <= limit && used + more <= limit)) continue;
    const need = all > limit ? all : used + more;
    findings.problem(
      `quota ${metadata?.name} of namespace ${namespace} allows ${most} of ${resource}, but ${printed(resource, need)} is needed: raise it, or ask for less`,
    );
  }
  return findings.list;
}

/** What runtimes take of a resource, in its base unit; undefined for one that they do not take. */
function total(runtimes: readonly RuntimePlan[], resource: string): number | undefined {
  const take = TAKES[resource];
  const counted = /storage|persistentvolumeclaims/.test(resource) ? runtimes.filter(hasVolume) : runtimes;
  return take && counted.reduce((sum, runtime) => sum + take(runtime), 0);
}

/** Replicas that share a volume have it together: the first one stands for all. */
const hasVolume = ({ sharedState, replica }: RuntimePlan) => !sharedState || replica === 0;

const cpu = ({ resources }: RuntimePlan) => millicores(resources.cpu) / 1000;
const memory = ({ resources }: RuntimePlan) => resources.memoryMiB * MIB;
const one = () => 1;

const TAKES: Readonly<Record<string, (runtime: RuntimePlan) => number>> = {
  cpu,
  'requests.cpu': cpu,
  'limits.cpu': (runtime) => Math.max(CPU_LIMIT_MILLICORES / 1000, cpu(runtime)),
  memory,
  'requests.memory': memory,
  'limits.memory': memory,
  'requests.storage': ({ volume }) => volume.sizeGiB * 1024 * MIB,
  pods: one,
  'count/pods': one,
  services: one,
  'count/services': one,
  persistentvolumeclaims: one,
  'count/persistentvolumeclaims': one,
  'count/deployments.apps': one,
};

const printed = (resource: string, amount: number) =>
  /memory|storage/.test(resource) ? `${Math.ceil(amount / MIB)}Mi` : String(Math.round(amount * 1000) / 1000);
