import { z } from 'zod';

import { topologySchema } from './schema/index.js';

/** The part of JSON Schema (draft 2020-12) that {@link jsonSchema} uses. */
export interface JsonSchema {
  readonly $schema?: string;
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, JsonSchema>>;
  readonly title?: string;
  readonly description?: string;
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly pattern?: string;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
}

let cached: JsonSchema | undefined;

/** JSON Schema of the topology file, for editors (`copilot-runtimes schema`). */
export function jsonSchema(): JsonSchema {
  cached ??= z.toJSONSchema(topologySchema, { io: 'input', target: 'draft-2020-12' }) as JsonSchema;
  return cached;
}

/** A node with its `$ref` followed. */
export function resolveRef(node: JsonSchema | undefined): JsonSchema | undefined {
  if (node?.$ref === undefined) return node;
  const target = node.$ref === '#' ? jsonSchema() : jsonSchema().$defs?.[node.$ref.split('/').at(-1) ?? ''];
  return resolveRef(target);
}

/** The node that a path leads to, through records, lists and alternatives; undefined where there is none. */
export function schemaAt(path: readonly (string | number)[]): JsonSchema | undefined {
  let node = resolveRef(jsonSchema());
  for (const key of path) {
    node = alternatives(node)
      .map((option) => resolveRef(step(option, key)))
      .find((found) => found !== undefined);
  }
  return node;
}

/** A node and its alternatives (`anyOf`, `oneOf`), resolved. */
export function alternatives(node: JsonSchema | undefined): JsonSchema[] {
  return [node, ...(node?.anyOf ?? []), ...(node?.oneOf ?? [])]
    .map(resolveRef)
    .filter((option) => option !== undefined);
}

function step(node: JsonSchema, key: string | number): JsonSchema | undefined {
  if (typeof key === 'number') return node.items;
  const { additionalProperties } = node;
  return (
    node.properties?.[key] ?? (typeof additionalProperties === 'object' ? additionalProperties : undefined)
  );
}
