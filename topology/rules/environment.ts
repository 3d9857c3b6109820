import { HOST_ENV, HOST_PORTS } from '../host-contract.js';
import type { Problem } from '../problems.js';

import type { Rule } from './rule.js';

/** Set by the kit from other keys of the topology. */
const OWN_VARIABLES: Readonly<Record<string, string>> = {
  GITHUB_COPILOT_INTEGRATION_ID: 'runtime.integrationId',
  NO_PROXY: 'runtime.proxy.noProxy',
  HTTP_PROXY: 'runtime.proxy.http',
  HTTPS_PROXY: 'runtime.proxy.https',
  SSL_CERT_FILE: 'runtime.caBundle',
  NODE_EXTRA_CA_CERTS: 'runtime.caBundle',
  GH_HOST: 'runtime.githubHost',
  OTEL_EXPORTER_OTLP_ENDPOINT: 'runtime.telemetry',
  OTEL_SERVICE_NAME: 'runtime.telemetry',
  OTEL_RESOURCE_ATTRIBUTES: 'runtime.telemetry',
};

/** Hold secrets, which would be readable in the pod spec. */
const SECRET_VARIABLES: Readonly<Record<string, string>> = {
  COPILOT_CONNECTION_TOKEN: 'it is made for you',
  COPILOT_GITHUB_TOKEN: 'use runtime.auth.githubToken',
  GITHUB_TOKEN: 'use runtime.auth.githubToken',
  GH_TOKEN: 'use runtime.auth.githubToken',
  COPILOT_PROVIDER_API_KEY: 'use runtime.auth.provider.apiKey',
};

const reservedVariables: Rule = ({ kubernetes }) => {
  const host = new Set<string>(Object.values(HOST_ENV));
  return Object.keys(kubernetes?.env ?? {}).flatMap((name) => {
    const path = ['kubernetes', 'env', name];
    const secret = SECRET_VARIABLES[name];
    if (secret)
      return [{ path, message: `holds a secret, which anyone could read in the pod spec: ${secret}` }];
    const key = OWN_VARIABLES[name];
    if (key) return [{ path, message: `is set by the kit: use ${key} instead` }];
    return host.has(name) ? [{ path, message: 'is set by the kit: remove it' }] : [];
  });
};

const hostPorts: Rule = ({ platform, runtime }) => {
  const use = Object.entries(HOST_PORTS).find(([, port]) => port === runtime.port)?.[0];
  if (platform === 'local' || use === undefined) return [];
  const message = `must not be ${runtime.port}, which the runtime host uses itself (${use}): use another, such as 4321`;
  return [{ path: ['runtime', 'port'], message }];
};

/** A collector that nothing can reach would lose every span without a word. */
const collector: Rule = ({ platform, runtime }) => {
  const otlp = runtime.telemetry?.otlp;
  if (!otlp) return [];
  const path = ['runtime', 'telemetry', 'otlp'];
  const inCluster = (['namespace', 'podSelector', 'service'] as const).filter(
    (key) => otlp[key] !== undefined,
  );
  if (otlp.endpoint !== undefined) {
    return inCluster.map((key) => ({
      path: [...path, key],
      message:
        'stands beside endpoint: remove one, since a collector is either in the cluster or outside of it',
    }));
  }
  if (platform !== 'kubernetes') {
    return [
      {
        path: [...path, 'endpoint'],
        message: `is required with platform ${platform}: add the collector's URL`,
      },
    ];
  }
  return (['namespace', 'podSelector', 'service'] as const).flatMap((key): Problem[] =>
    inCluster.includes(key)
      ? []
      : [
          {
            path: [...path, key],
            message: 'is required without endpoint: name the collector in the cluster, or set endpoint',
          },
        ],
  );
};

/** `caBundle` names a ConfigMap on Kubernetes and a file on local. */
const bundlePlace: Rule = ({ platform, runtime: { caBundle } }) => {
  if (!caBundle) return [];
  const path = ['runtime', 'caBundle'];
  if (platform === 'azure') {
    return [{ path, message: 'cannot be used with platform azure: put the certificates into the image' }];
  }
  const [wanted, other] =
    platform === 'kubernetes' ? (['configMap', 'file'] as const) : (['file', 'configMap'] as const);
  return [
    ...(caBundle[wanted] === undefined
      ? [
          {
            path: [...path, wanted],
            message: `is required with platform ${platform}: add it, or remove caBundle`,
          },
        ]
      : []),
    ...(caBundle[other] === undefined
      ? []
      : [{ path: [...path, other], message: `cannot be used with platform ${platform}: use ${wanted}` }]),
  ];
};

export const environmentRules: readonly Rule[] = [reservedVariables, hostPorts, collector, bundlePlace];
