import { z } from 'zod';

import { subnetId } from './azure.js';
import {
  cellId,
  cpuQuantity,
  dnsLabel,
  dnsSubdomain,
  labels,
  secretSource,
  tenantId,
  url,
} from './common.js';
import { gateway, tenantLimits, tenantPolicy } from './gateway.js';
import { auth, destination, idleTimeoutSeconds, resources } from './runtime.js';

/** Life of a tenant: runs → nothing runs → workload gone, state kept. Purged tenants stand under `purge`. */
export const tenantState = z.enum(['active', 'suspended', 'retired']);
export type TenantState = z.output<typeof tenantState>;

const revision = z.int().min(1).max(1_000_000);

export const storage = z
  .strictObject({
    sizeGiB: z.int().min(1).max(65_536).default(5).describe('Size of one volume in GiB. Only ever grows.'),
    class: dnsSubdomain
      .optional()
      .describe('StorageClass. Without it, the default class of the cluster. Never changes.'),
    accessMode: z
      .enum(['ReadWriteOncePod', 'ReadWriteOnce', 'ReadWriteMany'])
      .default('ReadWriteOncePod')
      .describe(
        'One writer per home, so never ReadWriteMany; the volume of `pool.storage: shared` is that by itself.',
      ),
    retention: z
      .enum(['retain', 'delete'])
      .default('retain')
      .describe('`retain`: destroy and replacement of the volume are refused.'),
  })
  .meta({ id: 'Storage', description: 'Session state, one volume per runtime.' });

const client = z.strictObject({
  namespace: dnsLabel.describe('Namespace of the application.'),
  serviceAccount: dnsSubdomain.describe("Service account that it runs as; may read the tenant's token."),
  podSelector: labels.default({}).describe('Pods that may connect. Default: all of the namespace.'),
});

export const tenant = z
  .strictObject({
    placement: z
      .enum(['dedicated', 'pool'])
      .optional()
      .describe(
        'A runtime of its own, or the pool. Dedicated with `pattern: isolated`, pool with `shared`, needed with `hybrid`.',
      ),
    state: tenantState
      .default('active')
      .describe('`active`, `suspended` (nothing runs) or `retired` (state kept).'),
    cell: cellId
      .default('c01')
      .describe('The Terraform state that a dedicated tenant lives in. Never changes.'),
    auth: auth.optional().describe('Instead of `runtime.auth`.'),
    idleTimeoutSeconds: idleTimeoutSeconds.optional().describe('Instead of `runtime.idleTimeoutSeconds`.'),
    resources: resources.optional().describe('Instead of `runtime.resources`.'),
    sizeGiB: z.int().min(1).max(65_536).optional().describe('Instead of `storage.sizeGiB`. Only ever grows.'),
    quota: z
      .strictObject({
        cpu: cpuQuantity.optional().describe('CPU in cores.'),
        memoryMiB: z.int().min(64).max(16_777_216).optional().describe('Memory in MiB.'),
      })
      .optional()
      .describe("Upper bound for all of the tenant's pods."),
    clients: z
      .array(client)
      .default([])
      .describe('Who may reach the runtime and read its token (Kubernetes service accounts).'),
    principals: z
      .array(z.guid('must be an object id (UUID)'))
      .default([])
      .describe(
        'Object ids of the managed identities or service principals that may read the token of the tenant (Azure).',
      ),
    connectionTokenRevision: revision.default(1).describe('Raise it to rotate the connection token.'),
    gatewayToken: z
      .strictObject({
        a: revision
          .optional()
          .describe('Revision of the token in slot a. Raise it to rotate, remove it to revoke.'),
        b: revision.optional().describe('Revision of the token in slot b.'),
      })
      .prefault({ a: 1 })
      .describe('Slots of the gateway token of a pooled tenant: old and new are valid side by side.'),
    limits: tenantLimits.optional().describe('Of a pooled tenant, instead of `pool.gateway.limits`.'),
    policy: tenantPolicy.optional().describe('Of a pooled tenant, instead of `pool.gateway.policy`.'),
  })
  .meta({ id: 'Tenant', description: 'A user, a team or a customer. `acme:` alone takes every default.' });

export const pool = z
  .strictObject({
    replicas: z
      .int()
      .min(1)
      .max(100)
      .describe('Runtimes in the pool. Each holds state: to have fewer, put the others under `purge`.'),
    storage: z
      .enum(['per-replica', 'shared'])
      .default('per-replica')
      .describe(
        '`shared`: one ReadWriteMany volume with the sessions of all replicas, so that another replica takes over those of one that is down. Needs `lock`: the locks of the runtime do not hold across pods.',
      ),
    class: dnsSubdomain
      .optional()
      .describe(
        'StorageClass of the shared volume, which must offer ReadWriteMany. Without it, `storage.class`. Never changes.',
      ),
    sizeGiB: z
      .int()
      .min(1)
      .max(65_536)
      .optional()
      .describe('Size of the shared volume in GiB. Without it, `storage.sizeGiB`. Only ever grows.'),
    maxSessionsPerReplica: z
      .int()
      .min(1)
      .max(1000)
      .default(50)
      .describe('Attached sessions of one replica; the gateway refuses more.'),
    lock: z
      .strictObject({
        redis: z
          .strictObject({
            url: url('redis', 'rediss').describe('URL of the server, without its password.'),
            password: secretSource.optional().describe('Password of the server.'),
            egress: destination
              .optional()
              .describe(
                'Where the network policy of the gateway lets it reach the server (Kubernetes). Without it, the address in `url`; needed when that is a name, which a policy does not know.',
              ),
          })
          .describe('Redis that keeps the locks.'),
        ttlSeconds: z
          .int()
          .min(5)
          .max(300)
          .default(15)
          .describe(
            'Seconds after which a session is free whose gateway or replica was lost. A replica that only cannot be reached has as long to notice.',
          ),
      })
      .optional()
      .describe('Keeps a session to one replica at a time. Needed with `storage: shared`.'),
    resources: resources.optional().describe('Instead of `runtime.resources`.'),
    connectionTokenRevision: revision.default(1).describe('Raise it to rotate the tokens of all replicas.'),
    gateway: gateway.prefault({}).describe('What tenants connect to instead of the replicas.'),
  })
  .describe('The shared pool. A replica is the same building block as a dedicated runtime.');

/** What may stand under `purge`: a tenant, or a replica of the pool. */
export const purgeItem = z
  .union([tenantId, z.string().regex(/^pool\/(0|[1-9]\d?|shared)$/)], {
    error: 'must be a tenant id, a replica such as "pool/2", or "pool/shared"',
  })
  .meta({
    id: 'PurgeItem',
    description:
      'A tenant id, a replica such as `pool/2`, or `pool/shared`, the volume of `pool.storage: shared`.',
  });

export const cell = z
  .strictObject({
    maxTenants: z
      .int()
      .min(1)
      .max(100)
      .default(50)
      .describe('Dedicated tenants that this Terraform state may hold.'),
    location: z.string().min(1).optional().describe('Azure region. Without it, `azure.location`.'),
    subscriptionId: z
      .guid('must be a UUID')
      .optional()
      .describe('Azure subscription. Without it, `azure.subscriptionId`.'),
    resourceGroup: z
      .string()
      .min(1)
      .max(90)
      .optional()
      .describe('Existing resource group. Without it, `azure.resourceGroup`.'),
    runtimeSubnetIds: z
      .array(subnetId)
      .min(1)
      .optional()
      .describe('Delegated subnets in the region of the cell. Without it, those of `azure`.'),
  })
  .meta({ id: 'Cell', description: 'A group of tenants that share one Terraform state.' });
