import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

import type { Models } from '../../render/models.js';
import type { RenderedObject } from '../../render/rendered-object.js';

const require = createRequire(import.meta.url);
const required = new Map<string, readonly string[]>();

/** Fields that a class must have, by its TypeScript declaration: those without a question mark. */
function requiredFields(className: string): readonly string[] {
  const known = required.get(className);
  if (known) return known;
  const file = require.resolve(`@kubernetes/client-node/dist/gen/models/${className}.d.ts`);
  const names = [...readFileSync(file, 'utf8').matchAll(/^ {4}'(\w+)': /gm)].map(([, name]) => name!);
  required.set(className, names);
  return names;
}

/** Everything in an object that Kubernetes would not take: unknown fields, missing ones, wrong types. */
export function invalid(object: RenderedObject, models: Models): string[] {
  const { apiVersion, kind } = object;
  const where = `${kind} ${object.metadata.name}`;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') return [`${where}: no apiVersion or kind`];
  return check(object, `V1${kind}`, where, models);
}

function check(value: unknown, type: string, at: string, models: Models): string[] {
  const wrong = (expected: string) => [`${at}: ${JSON.stringify(value)} is no ${expected}`];
  const element = /^Array<(.+)>$/.exec(type)?.[1];
  if (element !== undefined) {
    if (!Array.isArray(value)) return wrong('list');
    return value.flatMap((item, index) => check(item, element, `${at}[${index}]`, models));
  }
  const entry = /^\{ \[key: string\]: (.+); \}$/.exec(type)?.[1];
  const fields = typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  if (entry !== undefined) {
    if (!fields) return wrong('map');
    return Object.entries(fields).flatMap(([key, item]) => check(item, entry, `${at}.${key}`, models));
  }
  switch (type) {
    case 'string':
      return typeof value === 'string' ? [] : wrong('text');
    case 'boolean':
      return typeof value === 'boolean' ? [] : wrong('boolean');
    case 'number':
      return Number.isInteger(value) ? [] : wrong('whole number');
    case 'IntOrString':
      return Number.isInteger(value) || (typeof value === 'string' && !/^\d+$/.test(value))
        ? []
        : wrong('number or name');
  }
  const attributes = models(type);
  if (!fields || !attributes) return wrong(type);
  const present = Object.keys(fields);
  return [
    ...requiredFields(type)
      .filter((name) => !present.includes(name))
      .map((name) => `${at}: ${name} is missing`),
    ...Object.entries(fields).flatMap(([name, item]) => {
      const attribute = attributes.find(({ baseName }) => baseName === name);
      return attribute
        ? check(item, attribute.type, `${at}.${name}`, models)
        : [`${at}: unknown field ${name}`];
    }),
  ];
}
