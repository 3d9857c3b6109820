import type { V1Namespace } from '@kubernetes/client-node';
import pLimit from 'p-limit';

import { checkVariables, Findings, type Finding } from '../../diagnosis/index.js';
import type { Plan } from '../../topology/index.js';
import type { KubernetesPlan } from '../../topology/kubernetes.js';
import { ephemeralVariables } from '../../topology/variables.js';
import { describeApiError, inTime, orMissing, statusOf } from '../api-error.js';
import type { Cluster } from '../connection.js';
import { ClusterError } from '../errors.js';

import type { PreflightCheck, PreflightContext } from './context.js';
import { connectAsTerraform, type NamedCluster } from './credentials.js';
import { checkMonitoring } from './monitoring.js';
import { checkNamespaces } from './namespaces.js';
import { checkQuotas } from './quota.js';
import { reach, type Identity } from './reach.js';
import { checkClasses, checkReferences } from './references.js';
import { checkRights } from './rights.js';
import { checkStorage } from './storage.js';
import { checkVersion } from './version.js';

export interface PreflightReport {
  /** Undefined where no credentials could be read. */
  readonly cluster?: Identity;
  readonly findings: readonly Finding[];
  /** Everything was looked at; otherwise there may be more than was found. */
  readonly complete: boolean;
}

export interface PreflightOptions {
  /** A cluster other than the one that Terraform would take. @default - that of the topology */
  readonly named?: NamedCluster;
  /** Where Terraform gets its variables and its kubeconfig from. @default process.env */
  readonly env?: NodeJS.ProcessEnv;
}

/** Names as a person would say what was not looked at. */
const CHECKS: readonly (readonly [string, PreflightCheck])[] = [
  ['rights', checkRights],
  ['namespaces', checkNamespaces],
  ['storage', checkStorage],
  ['classes', checkClasses],
  ['references', checkReferences],
  ['quota', checkQuotas],
  ['monitoring', checkMonitoring],
];

/** Whether a deploy of the plan can go well, found out before anything is written; it only reads. */
export async function preflight(
  plan: Plan,
  settings: KubernetesPlan,
  { named, env = process.env }: PreflightOptions = {},
): Promise<PreflightReport> {
  const variables = checkVariables(ephemeralVariables(plan), env);
  let cluster: Cluster;
  try {
    cluster = connectAsTerraform(settings, named, env);
  } catch (error) {
    if (!(error instanceof ClusterError)) throw error;
    const findings = new Findings('cluster');
    findings.problem(error.message);
    return { findings: [...findings.list, ...variables], complete: false };
  }
  const { identity, findings, answers } = await reach(cluster, settings.clusterUid);
  if (!answers) return { cluster: identity, findings: [...findings, ...variables], complete: false };

  const modes = plan.runtimes.map(({ volume }) => volume.accessMode);
  const found = [...findings, ...variables, ...checkVersion(identity.version ?? '', modes)];
  const namespaces = await namespacesOf(cluster, plan);
  const context: PreflightContext = { cluster, plan, settings, namespaces };
  const results = await Promise.all(CHECKS.map(([name, check]) => run(name, check, context)));
  return {
    cluster: identity,
    findings: [...found, ...results.flatMap((result) => result.findings)],
    complete: results.every(({ complete }) => complete),
  };
}

/** What may not be looked at is no reason to be silent about the rest. */
async function run(name: string, check: PreflightCheck, context: PreflightContext) {
  try {
    return { findings: await check(context), complete: true };
  } catch (error) {
    const findings = new Findings(name);
    const said = error instanceof ClusterError ? error.message : describeApiError(error);
    const fix = statusOf(error) === 403 ? 'allow it' : 'run it again';
    findings.warning(`could not be looked at: ${said} (${fix}; see docs/deploying.md)`);
    return { findings: findings.list, complete: false };
  }
}

/** Namespaces of the plan that are there. */
async function namespacesOf(cluster: Cluster, { runtimes }: Plan): Promise<PreflightContext['namespaces']> {
  const limit = pLimit(8);
  const names = [...new Set(runtimes.map(({ namespace }) => namespace))];
  const found = await Promise.all(
    names.map((name) => limit(async () => [name, await namespaceOf(cluster, name)] as const)),
  );
  return new Map(found.filter((entry): entry is [string, V1Namespace | null] => entry[1] !== undefined));
}

/** Null: it may be there, but we may not see it. */
function namespaceOf({ core }: Cluster, name: string): Promise<V1Namespace | null | undefined> {
  return orMissing<V1Namespace | null>(inTime(core.readNamespace({ name }))).catch((error: unknown) => {
    if (statusOf(error) === 403) return null;
    throw new ClusterError(`cannot look at namespace ${name}: ${describeApiError(error)}`, { cause: error });
  });
}
