import { z } from 'zod';

import { port } from './common.js';

const count = (max: number) => z.int().min(1).max(max);

/** What one pooled tenant may use at once; each gateway counts for itself. */
const limits = {
  connections: count(10_000).default(20).describe('Open connections.'),
  sessions: count(1000).default(50).describe('Sessions that are attached (created or resumed) at once.'),
  turns: count(1000).default(10).describe('Turns that run at once.'),
  callsPerSecond: count(100_000)
    .default(500)
    .describe('Calls per second; beyond it the gateway reads from the tenant only as fast as this.'),
  mibPerSecond: count(1024)
    .default(16)
    .describe('MiB per second that the tenant sends; beyond it the gateway reads only as fast as this.'),
  frameMiB: count(256).default(16).describe('Size of one message in MiB; a larger one ends the connection.'),
  bufferMiB: count(1024)
    .default(32)
    .describe('MiB that wait for a client which reads too slowly, before its connection is ended.'),
} as const;

/** What the sessions of one pooled tenant may do beyond calling a model and the tools of the application. */
const policy = {
  builtInTools: z
    .array(
      z.string().regex(/^(\*|[A-Za-z0-9_.-]+)$/, 'must be the name of a built-in tool, or "*" for every one'),
    )
    .default([])
    .describe(
      'Built-in tools that sessions may name in `availableTools`. `*` gives them the shell and the files of the replica, and so the sessions of every tenant there.',
    ),
  approveAll: z
    .boolean()
    .default(false)
    .describe('Sessions may switch off permission requests for good (`setApproveAll`).'),
  workingDirectory: z
    .boolean()
    .default(false)
    .describe('Sessions may name directories of the replica to work in.'),
  poolIdentity: z
    .boolean()
    .default(false)
    .describe('Sessions without a GitHub token or provider of their own run as `runtime.auth.githubToken`.'),
} as const;

const optional = <T extends Record<string, z.ZodDefault>>(fields: T) =>
  Object.fromEntries(
    Object.entries(fields).map(([key, field]) => [
      key,
      (field.unwrap() as z.ZodType).optional().describe(field.description ?? ''),
    ]),
  ) as unknown as { [K in keyof T]: z.ZodOptional<T[K]['def']['innerType']> };

export const gatewayLimits = z
  .strictObject(limits)
  .meta({ id: 'GatewayLimits', description: 'What one pooled tenant may use, at each gateway.' });
export const gatewayPolicy = z
  .strictObject(policy)
  .meta({ id: 'GatewayPolicy', description: 'What sessions of pooled tenants may do.' });
/** The same keys without defaults: what a tenant has instead of the pool's. */
export const tenantLimits = z.strictObject(optional(limits)).meta({
  id: 'TenantLimits',
  description: 'Instead of `pool.gateway.limits`, for one tenant. Each gateway counts for itself.',
});
export const tenantPolicy = z.strictObject(optional(policy)).meta({
  id: 'TenantPolicy',
  description: 'Instead of `pool.gateway.policy`, for one tenant.',
});

export const ROUTINGS = ['roundRobin', 'stickyUser', 'stickySession'] as const;

export type GatewayLimits = z.output<typeof gatewayLimits>;
export type GatewayPolicy = z.output<typeof gatewayPolicy>;
export type Routing = (typeof ROUTINGS)[number];

export const gateway = z
  .strictObject({
    replicas: count(10)
      .optional()
      .describe('Gateways side by side. Default: 2 on Kubernetes, 1 elsewhere. Local has one.'),
    port: port.min(1024).default(4322).describe('Port in the container. On local a free port is taken.'),
    routing: z
      .enum(ROUTINGS)
      .default('stickySession')
      .describe(
        'Where a new session goes: by its id (`stickySession`), by the part of its id before the first `_` (`stickyUser`), or in turn. An existing session always goes to the replica that has it.',
      ),
    replicaWaitSeconds: z
      .int()
      .min(0)
      .max(3600)
      .optional()
      .describe(
        'Seconds that a call waits for a replica that is down or being replaced before the answer is `unavailable`. Default: `runtime.drainSeconds` + 30, which outlasts the drain and the start of another one.',
      ),
    drainSeconds: z
      .int()
      .min(0)
      .max(3600)
      .default(30)
      .describe('Seconds that running turns get to finish when a gateway stops.'),
    limits: gatewayLimits.prefault({}).describe('For each tenant; a tenant can have its own.'),
    policy: gatewayPolicy.prefault({}).describe('For each tenant; a tenant can have its own.'),
  })
  .meta({ id: 'Gateway', description: 'What pooled tenants connect to instead of the replicas.' });
