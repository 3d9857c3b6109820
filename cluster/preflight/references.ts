import { Findings } from '../../diagnosis/index.js';
import { GATEWAY_SECRET_FILES } from '../../topology/gateway-contract.js';
import { inTime, orMissing } from '../api-error.js';

import { deployed, type PreflightCheck, type PreflightContext } from './context.js';

/** Classes of the cluster that pods refer to. */
export const checkClasses: PreflightCheck = async ({ cluster, settings }) => {
  const findings = new Findings('classes');
  const { priorityClassName, runtimeClassName } = settings.pod;
  if (
    priorityClassName !== undefined &&
    !(await orMissing(inTime(cluster.scheduling.readPriorityClass({ name: priorityClassName }))))
  ) {
    findings.problem(
      `there is no PriorityClass ${priorityClassName}: create it, or correct kubernetes.priorityClassName`,
    );
  }
  if (
    runtimeClassName !== undefined &&
    !(await orMissing(inTime(cluster.node.readRuntimeClass({ name: runtimeClassName }))))
  ) {
    findings.problem(
      `there is no RuntimeClass ${runtimeClassName}: create it, or correct kubernetes.runtimeClassName`,
    );
  }
  return findings.list;
};

/** An object that somebody else puts into a namespace of a runtime. */
interface Reference {
  readonly kind: 'Secret' | 'ConfigMap';
  readonly namespace: string;
  readonly name: string;
  /** @default - any */
  readonly key?: string;
  /** Where the topology names it. */
  readonly from: string;
}

/** Secrets and ConfigMaps of others that pods and clients refer to. */
export const checkReferences: PreflightCheck = async (context) => {
  const findings = new Findings('references');
  for (const reference of referencesOf(context)) {
    const { kind, namespace, name, key, from } = reference;
    const what = `${kind} ${namespace}/${name}`;
    if (!context.namespaces.has(namespace)) {
      findings.warning(
        `${what} (${from}) must be there before the pod starts, in a namespace that this deploy creates: put it there at once, or use kubernetes.existingNamespaces`,
      );
      continue;
    }
    const keys = await keysOf(context, reference);
    if (keys === undefined) findings.problem(`there is no ${what}: create it, or correct ${from}`);
    else if (key !== undefined && !keys.includes(key)) {
      findings.problem(
        `${what} has no key ${key} (known are ${keys.join(', ') || 'none'}): add it, or correct ${from}`,
      );
    }
  }
  return findings.list;
};

function referencesOf(context: PreflightContext): Reference[] {
  const { imagePullSecrets = [], caBundle } = context.settings.pod;
  const all = deployed(context).flatMap(({ namespace, githubToken, provider }): Reference[] => {
    const token = githubToken?.existingSecret;
    const key = provider?.apiKey?.existingSecret;
    return [
      ...imagePullSecrets.map((name) => ({
        kind: 'Secret' as const,
        namespace,
        name,
        from: 'kubernetes.imagePullSecrets',
      })),
      ...(caBundle
        ? [
            {
              kind: 'ConfigMap' as const,
              namespace,
              name: caBundle.configMap,
              key: caBundle.key,
              from: 'runtime.caBundle',
            },
          ]
        : []),
      ...(token
        ? [
            {
              kind: 'Secret' as const,
              namespace,
              name: token.name,
              key: token.key ?? 'github-token',
              from: 'auth.githubToken.existingSecret',
            },
          ]
        : []),
      ...(key
        ? [
            {
              kind: 'Secret' as const,
              namespace,
              name: key.name,
              key: key.key ?? 'provider-key',
              from: 'auth.provider.apiKey.existingSecret',
            },
          ]
        : []),
    ];
  });
  const { gateway } = context.plan;
  const password = gateway?.lock?.password?.existingSecret;
  if (gateway && password) {
    all.push({
      kind: 'Secret',
      namespace: gateway.namespace,
      name: password.name,
      key: password.key ?? GATEWAY_SECRET_FILES.redisPassword,
      from: 'pool.lock.redis.password.existingSecret',
    });
  }
  // Replicas of a pool share a namespace.
  return [...new Map(all.map((one) => [JSON.stringify(one), one])).values()];
}

/** Keys of the object, never its values; undefined when it is not there. */
async function keysOf(
  { cluster }: PreflightContext,
  { kind, namespace, name }: Reference,
): Promise<string[] | undefined> {
  const found =
    kind === 'Secret'
      ? await orMissing(inTime(cluster.core.readNamespacedSecret({ namespace, name })))
      : await orMissing(inTime(cluster.core.readNamespacedConfigMap({ namespace, name })));
  return found && Object.keys(found.data ?? {});
}
