import { z } from 'zod';

import { SECRET_FILES } from './host-contract.js';
import { smokeNamespace, SMOKE_ACCOUNT } from './kubernetes.js';
import { claimName, workloadName } from './names.js';
import type { Plan } from './plan.js';
import type { RuntimePlan } from './runtime-plan.js';

/** Where a runtime may connect to, besides DNS and HTTPS on the internet. */
const reach = z.union([
  z.strictObject({ namespace: z.string(), podSelector: z.record(z.string(), z.string()), port: z.int() }),
  z.strictObject({ cidr: z.string(), port: z.int() }),
  z.strictObject({ host: z.string(), port: z.int() }),
]);
export type Reach = z.output<typeof reach>;

/** What the smoke suite holds the pod of a runtime against. */
export const podExpectation = z.strictObject({
  image: z.string(),
  /** Claim that the home lies on. */
  claim: z.string(),
  /** Secrets that the clients of the runtime may read, and nobody else. */
  secrets: z.array(z.string()),
  clients: z.array(z.strictObject({ namespace: z.string(), serviceAccount: z.string() })),
  reaches: z.array(reach),
});
export type PodExpectation = z.output<typeof podExpectation>;

/** The identity that the smoke suite has inside the cluster, where the topology opts in. */
export const smokeJob = z.strictObject({
  namespace: z.string(),
  serviceAccount: z.string(),
  image: z.string(),
});
export type SmokeJob = z.output<typeof smokeJob>;

export function podExpectationOf({ kubernetes }: Plan, planned: RuntimePlan): PodExpectation | undefined {
  if (!kubernetes) return undefined;
  const name = workloadName(planned);
  const { apiKey } = planned.provider ?? {};
  return {
    image: kubernetes.image,
    claim: claimName(planned),
    secrets: [
      `${name}-${SECRET_FILES.connectionToken}`,
      ...(apiKey ? [apiKey.existingSecret?.name ?? `${name}-${SECRET_FILES.providerKey}`] : []),
    ],
    clients: planned.clients.map(({ namespace, serviceAccount }) => ({ namespace, serviceAccount })),
    reaches: [
      ...kubernetes.egress.map(({ namespace, podSelector, cidr, port }) =>
        cidr === undefined
          ? { namespace: namespace ?? '', podSelector: { ...podSelector }, port }
          : { cidr, port },
      ),
      ...hostsOf(planned),
    ],
  };
}

/** What the settings of a runtime send it to by name; a proxy stands before all else. */
function hostsOf({ env, provider }: RuntimePlan): Reach[] {
  const proxies = [env.HTTPS_PROXY, env.HTTP_PROXY];
  const direct = proxies.some((proxy) => proxy !== undefined) ? [] : [provider?.baseUrl];
  const hosts = [...proxies, ...direct, env.OTEL_EXPORTER_OTLP_ENDPOINT].flatMap((url) =>
    url === undefined ? [] : [hostOf(url)],
  );
  return [...new Map(hosts.map((host) => [`${host.host}:${host.port}`, host])).values()];
}

function hostOf(url: string): { host: string; port: number } {
  const { hostname, port, protocol } = new URL(url);
  return { host: hostname, port: Number(port) || (protocol === 'https:' ? 443 : 80) };
}

export function smokeJobOf({ name, kubernetes }: Plan): SmokeJob | undefined {
  return kubernetes?.smokeIdentity?.inCluster
    ? { namespace: smokeNamespace(name), serviceAccount: SMOKE_ACCOUNT, image: kubernetes.image }
    : undefined;
}
