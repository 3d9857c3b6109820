import { regionName } from '../../azure/limits.js';
import type { Problem } from '../../problems.js';
import type { Topology } from '../../schema/index.js';
import type { Rule } from '../rule.js';

const FIX = 'name a subnet of its own';

/** Ids of Azure are the same whatever their capitals. */
const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();

const subscriptionOf = (id: string) => id.split('/')[2] ?? '';

/** Every list of subnets for runtimes, with its path and the subscription of the groups in it. */
function runtimeSubnets({ azure, cells }: Topology) {
  return [
    {
      path: ['azure', 'runtimeSubnetIds'],
      ids: azure?.runtimeSubnetIds ?? [],
      subscription: azure?.subscriptionId ?? '',
    },
    {
      path: ['azure', 'poolSubnetIds'],
      ids: azure?.poolSubnetIds ?? [],
      subscription: azure?.subscriptionId ?? '',
    },
    ...Object.entries(cells).map(([id, { runtimeSubnetIds, subscriptionId }]) => ({
      path: ['cells', id, 'runtimeSubnetIds'],
      ids: runtimeSubnetIds ?? [],
      subscription: subscriptionId ?? azure?.subscriptionId ?? '',
    })),
  ];
}

/** Security groups tell runtimes, gateway and suite apart by their subnets. */
export const ownSubnets: Rule = (topology) => {
  const { gatewaySubnetId: gateway, smokeSubnetId: smoke } = topology.azure ?? {};
  const lists = runtimeSubnets(topology);
  const runtimes = lists.flatMap(({ ids }) => ids);
  const shared = (key: string, id: string | undefined, others: readonly string[], who: string): Problem[] =>
    id !== undefined && others.some((other) => same(id, other))
      ? [
          {
            path: ['azure', key],
            message: `is also the subnet of ${who}, which must not reach one another: ${FIX}`,
          },
        ]
      : [];
  return [
    ...lists.flatMap(({ path, ids }) =>
      ids.flatMap((id, index) =>
        ids.slice(0, index).some((other) => same(id, other))
          ? [{ path: [...path, index], message: 'stands there twice: remove one' }]
          : [],
      ),
    ),
    ...shared('gatewaySubnetId', gateway, runtimes, 'runtimes'),
    ...shared('smokeSubnetId', smoke, runtimes, 'runtimes'),
    ...shared('smokeSubnetId', smoke, gateway === undefined ? [] : [gateway], 'the gateway'),
  ];
};

/** Container Instances puts a group into subnets of its own subscription only. */
export const subnetSubscription: Rule = (topology) => {
  const { azure } = topology;
  const single = (['gatewaySubnetId', 'smokeSubnetId'] as const).map((key) => ({
    path: ['azure', key],
    ids: azure?.[key] === undefined ? [] : [azure[key]],
    subscription: azure?.subscriptionId ?? '',
    isList: false,
  }));
  const lists = runtimeSubnets(topology).map((list) => ({ ...list, isList: true }));
  return [...lists, ...single].flatMap(({ path, ids, subscription, isList }) =>
    ids.flatMap((id, index) =>
      same(subscriptionOf(id), subscription)
        ? []
        : [
            {
              path: isList ? [...path, index] : path,
              message: `must be in subscription ${subscription} like its groups, got ${subscriptionOf(id)}: name a subnet of that subscription`,
            },
          ],
    ),
  );
};

/** A subnet stands in one region and one subscription, and so do the groups in it. */
export const ownSubnetsElsewhere: Rule = ({ azure, cells }) => {
  if (!azure) return [];
  return Object.entries(cells).flatMap(([id, { location, subscriptionId, runtimeSubnetIds }]) => {
    if (runtimeSubnetIds) return [];
    const elsewhere =
      location !== undefined && regionName(location) !== regionName(azure.location)
        ? `in ${location}`
        : subscriptionId !== undefined && !same(subscriptionId, azure.subscriptionId)
          ? `in subscription ${subscriptionId}`
          : undefined;
    return elsewhere === undefined
      ? []
      : [
          {
            path: ['cells', id, 'runtimeSubnetIds'],
            message: `is required, since the cell is ${elsewhere} and the subnets of azure are not: name delegated subnets there`,
          },
        ];
  });
};

/** Identities of groups in a network do not work there, and without them no runtime gets its token. */
export const publicCloud: Rule = ({ azure, cells }) => {
  const places = [
    { path: ['azure', 'location'], location: azure?.location },
    ...Object.entries(cells).map(([id, { location }]) => ({ path: ['cells', id, 'location'], location })),
  ];
  return places.flatMap(({ path, location = '' }) =>
    /^us(gov|dod)/.test(regionName(location))
      ? [
          {
            path,
            message: `must not be ${location}, since Azure Government has no managed identities for container groups in a network: use a region of another cloud, or platform kubernetes`,
          },
        ]
      : [],
  );
};
