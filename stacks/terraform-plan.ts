import { z } from 'zod';

import { InputError, quote } from '../topology/index.js';

const change = z.object({
  actions: z.array(z.string()).min(1),
  before: z.unknown(),
  after: z.unknown(),
  /** Attributes that force a replacement. */
  replace_paths: z.array(z.array(z.union([z.string(), z.number()]))).optional(),
});

const resourceChange = z.object({
  address: z.string(),
  mode: z.string(),
  type: z.string(),
  change,
  action_reason: z.string().optional(),
});

/** One resource of a plan: what it is, and what would happen to it. */
export type ResourceChange = z.output<typeof resourceChange>;

const planSchema = z.object({
  planned_values: z.record(z.string(), z.unknown()),
  errored: z.boolean().optional(),
  complete: z.boolean().optional(),
  /** Left out when there is nothing at all. */
  resource_changes: z.array(resourceChange).default([]),
  /** What happened outside of Terraform since its last run. */
  resource_drift: z.array(resourceChange).default([]),
});

/** What of `terraform show -json` is needed here; Terraform and OpenTofu write the same. */
export interface TerraformPlan {
  readonly changes: readonly ResourceChange[];
  readonly drift: readonly ResourceChange[];
}

const HOW = 'make it with "terraform show -json plan.bin"';

/**
 * Reads a plan in JSON. Unknown fields are no mistake: the format promises to grow by them.
 *
 * @throws {InputError} for what is no plan, or none that could be applied as a whole
 */
export function parseTerraformPlan(text: string, source: string): TerraformPlan {
  const refuse = (message: string, path: string[] = []) => new InputError(source, [{ path, message }]);
  let input: unknown;
  try {
    input = JSON.parse(text);
  } catch {
    throw refuse(`is not JSON: ${HOW}`);
  }
  const fields = (typeof input === 'object' && input !== null ? input : {}) as Record<string, unknown>;
  const version = fields.format_version;
  if (typeof version !== 'string' || !/^1\.\d+$/.test(version)) {
    throw refuse(
      `must be 1.x, got ${quote(version)}: ${HOW}, with a Terraform that this version of copilot-runtimes knows`,
      ['format_version'],
    );
  }
  if (fields.planned_values === undefined) throw refuse(`is a state or a configuration and no plan: ${HOW}`);
  const parsed = planSchema.safeParse(input);
  if (!parsed.success) {
    throw new InputError(
      source,
      parsed.error.issues.map(({ path, message }) => ({
        path: path.map((key) => (typeof key === 'number' ? key : String(key))),
        message: `is not what a plan has there (${message}): ${HOW}`,
      })),
    );
  }
  const { errored, complete, resource_changes: changes, resource_drift: drift } = parsed.data;
  if (errored === true) {
    throw refuse('is true, so that the plan says only a part: solve what "terraform plan" reports', [
      'errored',
    ]);
  }
  if (complete === false) {
    throw refuse('is false, so that more would follow: plan without -target', ['complete']);
  }
  const managed = ({ mode }: ResourceChange) => mode === 'managed';
  return { changes: changes.filter(managed), drift: drift.filter(managed) };
}
