import type { Rule } from './rule.js';

const image: Rule = ({ platform, runtime }) =>
  platform !== 'local' && runtime.image === undefined
    ? [
        {
          path: ['runtime', 'image'],
          message: `is required with platform ${platform}: name the image by digest (registry/name@sha256:…)`,
        },
      ]
    : [];

const azureSettings: Rule = ({ platform, azure }) =>
  platform === 'azure' && azure === undefined
    ? [{ path: ['azure'], message: 'is required with platform azure: add location, subnets and Key Vault' }]
    : [];

/** A network is either made or named: half of each would leave groups without a way to one another. */
const oneNetwork: Rule = ({ platform, azure, pool }) => {
  if (platform !== 'azure' || !azure) return [];
  const named = (
    ['runtimeSubnetIds', 'poolSubnetIds', 'gatewaySubnetId', 'smokeSubnetId', 'privateDnsZoneId'] as const
  ).filter((key) => azure[key] !== undefined);
  if (azure.network) {
    return named.map((key) => ({
      path: ['azure', key],
      message: 'stands beside azure.network, which makes one: remove either',
    }));
  }
  const needed = [
    'runtimeSubnetIds',
    'privateDnsZoneId',
    ...(pool ? (['gatewaySubnetId'] as const) : []),
  ] as const;
  return needed
    .filter((key) => azure[key] === undefined)
    .map((key) => ({
      path: ['azure', key],
      message:
        'is required without azure.network: name an existing one, or add "network: {}" to have it made',
    }));
};

/** Ways to the cluster exclude one another; the provider would take one of them without a word. */
const oneWayToTheCluster: Rule = ({ kubernetes }) => {
  const { kubeconfig, inCluster = false, exec } = kubernetes?.provider ?? {};
  const given = [
    ...(kubeconfig === undefined ? [] : ['kubeconfig']),
    ...(inCluster ? ['inCluster'] : []),
    ...(exec ? ['exec'] : []),
  ];
  return given.length < 2
    ? []
    : [
        {
          path: ['kubernetes', 'provider'],
          message: `must name one way to the cluster, got ${given.join(' and ')}: keep one`,
        },
      ];
};

export const platformRules: readonly Rule[] = [image, azureSettings, oneNetwork, oneWayToTheCluster];
