import { physicalName } from '../names.js';
import { poolNamespace, tenantNamespace } from '../placement.js';
import type { Topology } from '../schema/index.js';

import type { Rule } from './rule.js';

/** Namespaces of Kubernetes itself; deny-all in one of them would stop the cluster. */
const SYSTEM_NAMESPACES: readonly string[] = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];

const existingOf = ({ kubernetes }: Topology) => Object.entries(kubernetes?.existingNamespaces ?? {});

const knownTenants: Rule = (topology) =>
  existingOf(topology).flatMap(([id]) =>
    topology.tenants[id]
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

const notTheSystems: Rule = (topology) =>
  existingOf(topology).flatMap(([id, namespace]) =>
    SYSTEM_NAMESPACES.includes(namespace)
      ? [
          {
            path: ['kubernetes', 'existingNamespaces', id],
            message: `must not be a namespace of Kubernetes itself, got "${namespace}": name one that is for the tenant alone`,
          },
        ]
      : [],
  );

/** A namespace that the kit once made stays its own: dropped from the stack, it would be deleted. */
const notOurs: Rule = (topology) =>
  existingOf(topology).flatMap(([id, namespace]) =>
    namespace === physicalName('kubernetes', [topology.name, 'tenant', id])
      ? [
          {
            path: ['kubernetes', 'existingNamespaces', id],
            message: `names "${namespace}", which is made for tenant "${id}" anyway: remove it`,
          },
        ]
      : [],
  );

/** Whose runtimes each namespace has. */
function ownersOf(topology: Topology): Map<string, string> {
  const owners = new Map(
    Object.keys(topology.tenants).map((id) => [tenantNamespace(topology, id), `tenant "${id}"`]),
  );
  return owners.set(poolNamespace(topology), 'the pool');
}

/** Whoever owns a namespace labels its pods: a tenant's would reach the metrics of all others. */
const prometheusElsewhere: Rule = (topology) => {
  const namespace = topology.kubernetes?.monitoring?.namespace;
  const owner = namespace === undefined ? undefined : ownersOf(topology).get(namespace);
  return owner === undefined
    ? []
    : [
        {
          path: ['kubernetes', 'monitoring', 'namespace'],
          message: `must not be a namespace with runtimes, got "${namespace}", which is that of ${owner}: run Prometheus in one of its own`,
        },
      ];
};

/** Deny-all holds for every pod of a tenant's namespace, and a client there would sit beside another's token. */
const clientsElsewhere: Rule = (topology) => {
  const owners = ownersOf(topology);
  return Object.entries(topology.tenants).flatMap(([id, { clients }]) =>
    clients.flatMap(({ namespace }, index) => {
      const owner = owners.get(namespace);
      return owner === undefined
        ? []
        : [
            {
              path: ['tenants', id, 'clients', index, 'namespace'],
              message: `must not be a namespace with runtimes, got "${namespace}", which is that of ${owner}: run the application in one of its own`,
            },
          ];
    }),
  );
};

export const namespaceRules: readonly Rule[] = [
  knownTenants,
  ownNamespace,
  notTheSystems,
  notOurs,
  clientsElsewhere,
  prometheusElsewhere,
];
