import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { afterAll } from '@jest/globals';
import { App, Testing, type TerraformStack } from 'cdktf';

import { skipStackTraces } from '../../../stacks/cdktf-speed.js';
import { buildKubernetesStacks } from '../../../stacks/kubernetes-stack.js';
import {
  lockOf,
  parseTopology,
  planTopology,
  reconcileLock,
  type Lock,
  type Plan,
} from '../../../topology/index.js';

/** A parsed JSON value, to be walked without types. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Json = any;

/** What Terraform gets for one stack. */
export interface TerraformJson {
  readonly resource?: Readonly<Record<string, Readonly<Record<string, Json>>>>;
  readonly ephemeral?: Readonly<Record<string, Readonly<Record<string, Json>>>>;
  readonly variable?: Readonly<Record<string, Json>>;
  readonly terraform: Json;
  readonly provider: Json;
  readonly data?: Json;
}

export const DIGEST = `sha256:${'0'.repeat(64)}`;
export const IMAGE = `registry.example.com/runtimes@${DIGEST}`;

export const EXAMPLES = readdirSync('examples/kubernetes')
  .filter((file) => file.endsWith('.yaml'))
  .map((file) => path.join('examples/kubernetes', file));

// Without it these tests take twenty times as long; what it changes is tested in test/stacks.
skipStackTraces();

const outdirs: string[] = [];
afterAll(() => outdirs.forEach((outdir) => rmSync(outdir, { recursive: true, force: true })));

/** A cdktf app whose output goes with the test file. */
export function newApp(): App {
  const outdir = mkdtempSync(path.join(os.tmpdir(), 'copilot-runtimes-cdktf-'));
  outdirs.push(outdir);
  return new App({ outdir });
}

/** The smallest topology for Kubernetes of a pattern, with what a test is about. */
export function topology(pattern: Plan['pattern'], changes: Record<string, unknown> = {}): Json {
  return {
    name: 'prod',
    platform: 'kubernetes',
    pattern,
    runtime: { image: IMAGE, integrationId: 'acme' },
    ...(pattern !== 'isolated' && { pool: { replicas: 2 } }),
    tenants: { acme: pattern === 'hybrid' ? { placement: 'dedicated' } : {} },
    ...changes,
  };
}

export interface Planned {
  readonly plan: Plan;
  readonly lock: Lock;
}

/** Plans a topology as the stacks do: with the lock, which must allow it. */
export function plan(input: unknown, lock?: Lock): Planned {
  const parsed = parseTopology(JSON.stringify(input));
  const planned = planTopology(parsed, lock);
  return {
    plan: planned,
    lock: reconcileLock(lock, lockOf(parsed, planned), parsed.purge).lock,
  };
}

/** Terraform JSON of one stack, validations on. */
export function synth(stack: TerraformStack): TerraformJson {
  return JSON.parse(Testing.synth(stack, true)) as TerraformJson;
}

/** Terraform JSON of every stack of a plan, by name. */
export function synthPlan(planned: Plan): Record<string, TerraformJson> {
  return Object.fromEntries(
    buildKubernetesStacks(newApp(), planned).map((stack) => [stack.node.id, synth(stack)]),
  );
}

/** A topology's resources of all stacks by `<stack>/<type>.<id>`. */
export function addresses(stacks: Record<string, TerraformJson>): Record<string, Json> {
  return Object.fromEntries(
    Object.entries(stacks).flatMap(([stack, { resource = {} }]) =>
      Object.entries(resource).flatMap(([type, byId]) =>
        Object.entries(byId).map(([id, body]) => [`${stack}/${type}.${id}`, body] as const),
      ),
    ),
  );
}

/** Resources of one kind: `deployment` for `kubernetes_deployment_v1`. */
export function all(stack: TerraformJson, kind: string): Json[] {
  return Object.values(stack.resource?.[`kubernetes_${kind}_v1`] ?? {});
}

/** The one resource of a kind with this name in its namespace; throws when there are more or none. */
export function only(stack: TerraformJson, kind: string, name?: string): Json {
  const found = all(stack, kind).filter(({ metadata }) => name === undefined || metadata.name === name);
  if (found.length !== 1) throw new Error(`${found.length} of ${kind} ${name ?? ''}`);
  return found[0];
}

/** Every string of a value with the path to it, keys of mappings included. */
export function* strings(value: Json, at = ''): Generator<[path: string, text: string]> {
  if (typeof value === 'string') yield [at, value];
  else if (Array.isArray(value))
    for (const [index, item] of value.entries()) yield* strings(item, `${at}[${index}]`);
  else if (value !== null && typeof value === 'object') {
    for (const [key, item] of Object.entries(value)) {
      yield [`${at}.<key>`, key];
      yield* strings(item, `${at}.${key}`);
    }
  }
}

/** Every object within a value. */
export function* objects(value: Json): Generator<Json> {
  if (value === null || typeof value !== 'object') return;
  if (!Array.isArray(value)) yield value;
  for (const item of Object.values(value)) yield* objects(item);
}

/** Paths of the leaves in which two values differ. */
export function difference(before: Json, after: Json, at = ''): string[] {
  const isBranch = (value: Json) => value !== null && typeof value === 'object';
  if (!isBranch(before) || !isBranch(after)) {
    return JSON.stringify(before) === JSON.stringify(after) ? [] : [at];
  }
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((key) =>
    difference(before[key], after[key], at === '' ? key : `${at} ${key}`),
  );
}
