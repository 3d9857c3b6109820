import { poolNamespace, tenantNamespace } from '../placement.js';

import type { Rule } from './index.js';

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

const knownNamespaces: Rule = ({ kubernetes, tenants }) =>
  Object.keys(kubernetes?.existingNamespaces ?? {}).flatMap((id) =>
    tenants[id]
      ? []
      : [
          {
            path: ['kubernetes', 'existingNamespaces', id],
            message: `names tenant "${id}", which is not under tenants: add it there, or remove it here`,
          },
        ],
  );

/** Namespaces of the platform team included, no two tenants (or a tenant and the pool) share one. */
const ownNamespace: Rule = (topology) => {
  const existing = topology.kubernetes?.existingNamespaces ?? {};
  const owners = new Map([[poolNamespace(topology), 'the pool']]);
  for (const id of Object.keys(topology.tenants)) {
    if (!existing[id]) owners.set(tenantNamespace(topology, id), `tenant "${id}"`);
  }
  return Object.entries(existing).flatMap(([id, namespace]) => {
    const other = owners.get(namespace);
    if (other === undefined) {
      owners.set(namespace, `tenant "${id}"`);
      return [];
    }
    return [
      {
        path: ['kubernetes', 'existingNamespaces', id],
        message: `must be a namespace of its own, got "${namespace}", which is that of ${other}: name another`,
      },
    ];
  });
};

export const platformRules: readonly Rule[] = [image, azureSettings, knownNamespaces, ownNamespace];
