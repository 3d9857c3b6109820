import { z } from 'zod';

import { isFields, type Fields, type Report } from './convert.js';
import { CUSTOM_KINDS } from './kinds.js';
import { unescapeTemplate } from './templates.js';

const OBJECT = z.looseObject({
  apiVersion: z.string(),
  kind: z.enum(CUSTOM_KINDS),
  metadata: z.looseObject({ name: z.string(), namespace: z.string() }),
});

/** An object of a CRD, which the provider takes as it is; only what Terraform would read as a template is undone. */
export function manifestOf({ manifest }: Fields, report: Report): z.output<typeof OBJECT> | undefined {
  const { data, error } = OBJECT.safeParse(unescaped(manifest, 'manifest', report));
  if (error) report('manifest', `has no place in a render: ${z.prettifyError(error)}`);
  return data;
}

function unescaped(value: unknown, path: string, report: Report): unknown {
  if (typeof value === 'string') {
    const plain = unescapeTemplate(value);
    if (plain === undefined)
      report(path, `is the expression ${value}, which only Terraform can work out: use a literal value`);
    return plain;
  }
  if (Array.isArray(value)) return value.map((item, index) => unescaped(item, `${path}[${index}]`, report));
  if (!isFields(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [
      String(unescaped(key, path, report)),
      unescaped(entry, `${path}.${key}`, report),
    ]),
  );
}
