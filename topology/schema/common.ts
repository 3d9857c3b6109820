import { z } from 'zod';

/** Longest tenant id. Ids become parts of physical names, directories and session ids. */
export const TENANT_ID_MAX = 40;
const LOWER_NAME = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;

const lowerName = (what: string, max: number) =>
  z
    .string()
    .max(max)
    .regex(
      LOWER_NAME,
      `must be ${what}: lower-case letters, digits and inner hyphens, at most ${max} characters`,
    );

/** Ids are keys of plain objects everywhere, where this one seems to be present although nobody put it there. */
const noConstructor = (id: string) => id !== 'constructor';
const NO_CONSTRUCTOR = 'must not be "constructor", which JavaScript keeps for itself: choose another id';

/** Immutable id of a tenant. Never `_`: the gateway joins tenant and session id with it. */
export const tenantId = lowerName('a tenant id', TENANT_ID_MAX).refine(noConstructor, NO_CONSTRUCTOR).meta({
  id: 'TenantId',
  description:
    'Lower-case letters, digits and inner hyphens, at most 40 characters. Becomes part of physical names, so it never changes.',
});

/** Id of a cell: a group of tenants that share one Terraform state. */
export const cellId = lowerName('a cell id', 20)
  .refine((id) => id !== 'base', 'must not be "base", the stack of what all cells share: choose another id')
  .refine(noConstructor, NO_CONSTRUCTOR)
  .meta({
    id: 'CellId',
    description: 'Lower-case letters, digits and inner hyphens, at most 20 characters. `base` is taken.',
  });

export const topologyName = z
  .string()
  .max(24)
  .regex(
    /^[a-z]([a-z0-9-]*[a-z0-9])?$/,
    'must be a name: a lower-case letter first, then lower-case letters, digits and inner hyphens, at most 24 characters',
  );

/** Name of a Kubernetes object that somebody else owns. */
export const dnsLabel = lowerName('a Kubernetes name', 63);
export const dnsSubdomain = z
  .string()
  .max(253)
  .regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/, 'must be a Kubernetes name (DNS subdomain)');
export const hostName = z
  .string()
  .max(253)
  .regex(/^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/, 'must be a host name, without scheme and path');
export const port = z.int().min(1).max(65535);
export const labels = z.record(z.string().min(1), z.string());

/** A key without a value (`acme:` alone on its line) counts as `{}`. */
export function orEmpty<T extends z.ZodType<object, object>>(schema: T) {
  return schema.nullable().transform((value) => value ?? schema.parse({}));
}

/** A URL of these schemes. Never with a password in it: it would end up in plans, pod specs and the manifest. */
export function url(...schemes: readonly string[]) {
  const error = `must be a URL that starts with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}`;
  return z
    .url({ protocol: new RegExp(`^(${schemes.join('|')})$`), error })
    .refine(
      (text) => !URL.canParse(text) || (new URL(text).username === '' && new URL(text).password === ''),
      'must not carry a user or a password, which would be readable in plans and pod specs: take them out',
    );
}

/** Name of an environment variable. */
export const variableName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be the name of an environment variable');

export const cidr = z
  .union([z.cidrv4(), z.cidrv6()], { error: 'must be a CIDR such as 10.0.0.0/16' })
  .meta({ id: 'Cidr', description: 'Address range, such as `10.0.0.0/16` or `fd00::/8`.' });

/** Kubernetes CPU quantity: `250m`, `1`, `1.5`. */
export const cpuQuantity = z
  .string()
  .regex(/^(\d+m|\d+(\.\d{1,3})?)$/, 'must be a CPU quantity such as "250m", "1" or "1.5"')
  .meta({ id: 'Cpu', description: 'CPU cores: `250m`, `"1"` or `"1.5"` (in quotes).' });

/** Millicores of a CPU quantity that {@link cpuQuantity} accepted. */
export function millicores(quantity: string): number {
  return quantity.endsWith('m') ? Number(quantity.slice(0, -1)) : Math.round(Number(quantity) * 1000);
}

/** Names that Terraform refuses for variables. */
const RESERVED_VARIABLES: readonly string[] = [
  'count',
  'depends_on',
  'for_each',
  'lifecycle',
  'locals',
  'providers',
  'source',
  'version',
];

const SOURCES = ['variable', 'existingSecret', 'env', 'file'] as const;

/**
 * Where a secret value comes from. Exactly one source; `revision` is raised to say that the value behind the
 * source has changed, for write-only values cannot be compared.
 */
export const secretSource = z
  .strictObject({
    variable: z
      .string()
      .regex(/^[a-z_][a-z0-9_]*$/, 'must be a Terraform variable name')
      .refine(
        (name) => !RESERVED_VARIABLES.includes(name),
        'must not be a name that Terraform keeps for itself',
      )
      .optional()
      .describe('Terraform ephemeral variable, given as `TF_VAR_<name>`. Kubernetes and Azure.'),
    existingSecret: z
      .strictObject({
        name: dnsSubdomain.describe('Secret (Kubernetes) or Key Vault secret (Azure) that already exists.'),
        key: z
          .string()
          .min(1)
          .optional()
          .describe('Key in the Secret. Default: the name of the file. Kubernetes only.'),
      })
      .optional()
      .describe('A secret that somebody else owns. Kubernetes and Azure.'),
    env: variableName
      .optional()
      .describe('Environment variable of whoever runs `copilot-runtimes up`. Local only.'),
    file: z.string().min(1).optional().describe('File with the value. Local only.'),
    revision: z
      .int()
      .min(1)
      .max(1_000_000)
      .default(1)
      .describe('Raise it when the value behind the source has changed.'),
  })
  .check((ctx) => {
    const given = SOURCES.filter((source) => ctx.value[source] !== undefined);
    if (given.length === 1) return;
    ctx.issues.push({
      code: 'custom',
      input: ctx.value,
      message: `must name exactly one source of ${SOURCES.join(', ')}, got ${given.length === 0 ? 'none' : given.join(' and ')}`,
    });
  })
  .meta({
    id: 'SecretSource',
    description:
      'Where a secret value comes from: exactly one of `variable`, `existingSecret`, `env` and `file`.',
  });

export type SecretSource = z.output<typeof secretSource>;
