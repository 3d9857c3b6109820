import { z } from 'zod';

import { azure } from './azure.js';
import { cellId, orEmpty, tenantId, topologyName } from './common.js';
import { cloud, kubernetes, smoke } from './platforms.js';
import { runtime } from './runtime.js';
import { cell, pool, purgeItem, storage, tenant } from './tenants.js';

/** Schema of the whole topology file: the source of the types, of the JSON Schema and of docs/topology.md. */
export const topologySchema = z
  .strictObject({
    name: topologyName.describe('Prefix of every physical name. Never changes.'),
    platform: z
      .enum(['kubernetes', 'azure', 'local'])
      .describe('Where the runtimes run; `local` is processes on this machine. Never changes.'),
    pattern: z
      .enum(['isolated', 'shared', 'hybrid'])
      .describe('A dedicated runtime per tenant, a pool for all, or both.'),
    runtime,
    storage: storage.prefault({}).describe('Session state, one volume per runtime.'),
    pool: pool.optional(),
    tenants: z
      .record(tenantId, orEmpty(tenant))
      .describe('Tenants by id, at least one. An id is never changed and never reused.'),
    purge: z
      .array(purgeItem)
      .default([])
      .describe(
        'Tenants (`acme`) and replicas (`pool/2`) whose state is deleted. The only way in which state is ever deleted.',
      ),
    cells: z
      .record(cellId, orEmpty(cell))
      .default({})
      .describe('Terraform states by id. Without it, every cell that a tenant names exists.'),
    cloud: cloud.optional(),
    kubernetes: kubernetes.optional(),
    azure: azure.optional(),
    smoke: smoke.prefault({}),
  })
  .meta({ id: 'Topology', title: 'copilot-runtimes topology' });

/** A topology after parsing: every default filled in. */
export type Topology = z.output<typeof topologySchema>;
export type Tenant = Topology['tenants'][string];
export type Auth = Topology['runtime']['auth'];
export type Provider = NonNullable<Auth['provider']>;
export type Platform = Topology['platform'];
export type Pattern = Topology['pattern'];
export type { GatewayLimits, GatewayPolicy, Routing } from './gateway.js';
export type { TenantState } from './tenants.js';
export type { SecretSource } from './common.js';

/** Number of tenants a cell holds when `cells` does not say otherwise. */
export const DEFAULT_CELL_CAPACITY = cell.parse({}).maxTenants;
