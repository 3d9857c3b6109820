/**
 * JSON schemas for kubeconform out of the OpenAPI document of Kubernetes: one file per kind, complete in itself, that
 * refuses every field it does not know.
 *
 * Usage: node test/judges/kubernetes-schemas.mjs <swagger.json> <directory>
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

const [swagger, directory] = process.argv.slice(2);
const PREFIX = '#/definitions/';

/** Types whose JSON is not what the document says of them. */
const SPECIAL = {
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': { type: ['integer', 'string'] },
  'io.k8s.apimachinery.pkg.api.resource.Quantity': {
    anyOf: [
      { type: 'number' },
      {
        type: 'string',
        pattern: '^[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]+)?$',
      },
    ],
  },
};

const { definitions } = JSON.parse(await readFile(swagger, 'utf8'));
const strict = Object.fromEntries(
  Object.entries(definitions).map(([name, definition]) => [name, SPECIAL[name] ?? strictSchema(definition)]),
);

await mkdir(directory, { recursive: true });
for (const [name, definition] of Object.entries(definitions)) {
  for (const { group, version, kind } of definition['x-kubernetes-group-version-kind'] ?? []) {
    const own = {
      ...strict[name],
      properties: {
        ...strict[name].properties,
        apiVersion: { enum: [group === '' ? version : `${group}/${version}`] },
        kind: { enum: [kind] },
      },
      required: [...new Set(['apiVersion', 'kind', ...(strict[name].required ?? [])])],
    };
    const needed = [...reachable(own, new Set())].map((type) => [type, strict[type]]);
    // The name that kubeconform makes of {{.ResourceKind}}{{.KindSuffix}}.
    const parts = [kind, ...(group === '' ? [] : [group.split('.')[0]]), version];
    await writeFile(
      path.join(directory, `${parts.join('-').toLowerCase()}.json`),
      JSON.stringify({ ...own, definitions: Object.fromEntries(needed) }),
    );
  }
}

/** Keeps what a validator reads, and closes every object whose fields are known. */
function strictSchema({ type, properties, required, items, additionalProperties, $ref }) {
  if ($ref) return { $ref };
  return {
    ...(type && { type }),
    ...(properties && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([key, property]) => [key, strictSchema(property)]),
      ),
      additionalProperties: false,
    }),
    ...(required && { required }),
    ...(items && { items: strictSchema(items) }),
    ...(additionalProperties && { additionalProperties: strictSchema(additionalProperties) }),
  };
}

/** Names of all types that a schema refers to, directly or through others. */
function reachable(schema, found) {
  if (typeof schema !== 'object' || schema === null) return found;
  const name = typeof schema.$ref === 'string' ? schema.$ref.slice(PREFIX.length) : undefined;
  if (name !== undefined && !found.has(name)) {
    found.add(name);
    reachable(strict[name], found);
  }
  for (const entry of Object.values(schema)) reachable(entry, found);
  return found;
}
