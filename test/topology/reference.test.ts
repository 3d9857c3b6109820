import { readFileSync } from 'node:fs';

import { describe, expect, it } from '@jest/globals';

import { jsonSchema, topologyReference, type JsonSchema } from '../../topology/index.js';
import { alternatives, resolveRef, schemaAt } from '../../topology/json-schema.js';

/** Every key of the schema with its path, shared types once. */
function* keysOf(
  node: JsonSchema | undefined,
  path: string,
  seen = new Set<JsonSchema>(),
): Iterable<[string, JsonSchema]> {
  for (const option of alternatives(node)) {
    if (seen.has(option)) continue;
    seen.add(option);
    for (const [key, value] of Object.entries(option.properties ?? {})) {
      yield [`${path}.${key}`, value];
      yield* keysOf(value, `${path}.${key}`, seen);
    }
    yield* keysOf(option.items, `${path}[]`, seen);
    if (typeof option.additionalProperties === 'object')
      yield* keysOf(option.additionalProperties, `${path}.*`, seen);
  }
}

const KEYS = [...keysOf(jsonSchema(), '')];

describe('the JSON Schema', () => {
  it('describes every key', () => {
    expect(KEYS.length).toBeGreaterThan(100);
    const bare = KEYS.filter(([, node]) => !(node.description ?? resolveRef(node)?.description)).map(
      ([path]) => path,
    );
    expect(bare).toEqual([]);
  });

  it('describes in sentences', () => {
    const odd = KEYS.map(
      ([path, node]) => [path, node.description ?? resolveRef(node)?.description ?? ''] as const,
    ).filter(([, text]) => !/^[A-Z`0-9].*\.( Local only\.)?$/s.test(text));
    expect(odd).toEqual([]);
  });

  it('has every key known to messages', () => {
    for (const [path] of KEYS.filter(([at]) => !/[[*]/.test(at))) {
      expect([path, schemaAt(path.slice(1).split('.'))]).toEqual([path, expect.anything()]);
    }
  });

  it('leads nowhere for keys that do not exist', () => {
    expect(schemaAt(['runtime', 'nothing'])).toBeUndefined();
    expect(schemaAt(['tenants', 'acme', 'state'])?.enum).toEqual(['active', 'suspended', 'retired']);
    expect(schemaAt(['purge', 0])).toBeDefined();
  });
});

describe('the reference page', () => {
  const page = topologyReference();

  it('is the one in docs', () => {
    // Otherwise: npm run docs
    expect(readFileSync(new URL('../../docs/topology.md', import.meta.url), 'utf8')).toBe(page);
  });

  it('has a row with a meaning for every key', () => {
    const rows = page.split('\n').filter((line) => /^\| \**`/.test(line));
    for (const [path] of KEYS)
      expect(rows.some((row) => row.includes(`\`${path.split('.').at(-1)}\``))).toBe(true);
    for (const row of rows) expect(row).toMatch(/^\| [^|]+ \| [^|]+ \| [^|]*\| [^|]+ \|$/);
  });

  it('links to headings that exist, once each', () => {
    const anchors = [...page.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replace(/[^a-z0-9 -]/g, '')
        .replaceAll(' ', '-'),
    );
    expect(new Set(anchors).size).toBe(anchors.length);
    for (const [, link] of page.matchAll(/\]\(#([^)]*)\)/g)) expect(anchors).toContain(link);
  });
});
