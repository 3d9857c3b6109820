import { Converter, isFields, type Fields, type Report } from './convert.js';
import { CUSTOM, KIND_ORDER, KINDS, terraformOnly } from './kinds.js';
import { manifestOf } from './manifest.js';
import type { Models } from './models.js';
import type { RenderedObject } from './rendered-object.js';
import { secretNeeds, VALUES, type SecretNeed } from './secrets.js';

export interface RenderedResources {
  readonly objects: readonly RenderedObject[];
  readonly secrets: readonly SecretNeed[];
}

/** Something in a stack that has no manifest. A mistake of the constructs or of the renderer, not of the input. */
export class RenderError extends Error {
  override readonly name = 'RenderError';

  constructor(readonly problems: readonly string[]) {
    super(problems.join('\n'));
  }
}

/** Resources of a stack by type and id, as cdktf writes them. */
export type Resources = Readonly<Record<string, Readonly<Record<string, Fields>>>>;

/**
 * The objects that the provider would create for the resources of a stack; instead of Secrets, what they must hold.
 *
 * @throws {RenderError} naming every field that has no place in a manifest
 */
export function renderResources(resources: Resources, models: Models): RenderedResources {
  const problems: string[] = [];
  const objects: RenderedObject[] = [];
  const secrets: SecretNeed[] = [];
  for (const [type, byId] of Object.entries(resources)) {
    for (const [id, resource] of Object.entries(byId)) {
      const report: Report = (path, message) => problems.push(`${type}.${id}: ${path} ${message}`);
      const object = renderResource(type, resource, models, report);
      if (!object) continue;
      if (object.kind !== 'Secret') objects.push(object);
      else secrets.push(...secretNeeds(object, resource));
    }
  }
  const seen = new Set<string>();
  for (const object of objects) {
    const id = identity(object);
    if (seen.has(id)) problems.push(`${id} is there twice`);
    seen.add(id);
  }
  if (problems.length > 0) throw new RenderError(problems);
  return { objects: objects.sort(inOrder), secrets };
}

function renderResource(
  type: string,
  resource: Fields,
  models: Models,
  report: Report,
): RenderedObject | undefined {
  if (type === CUSTOM) return manifestOf(resource, report);
  const kind = KINDS[type];
  if (!kind) {
    report('', `is of a type without a manifest: known are ${[...Object.keys(KINDS), CUSTOM].join(', ')}`);
    return undefined;
  }
  const skip = new Set([...terraformOnly(type), ...(kind.kind === 'Secret' ? VALUES : [])]);
  const fields = new Converter(models, report).fields(resource, kind.model, '', skip);
  const { metadata } = fields;
  if (!isFields(metadata) || typeof metadata.name !== 'string') {
    report('metadata.name', 'is missing');
    return undefined;
  }
  const { apiVersion, kind: name } = kind;
  return { apiVersion, kind: name, ...fields, metadata: { ...metadata, name: metadata.name } };
}

const identity = ({ kind, metadata }: RenderedObject) =>
  [kind, ...(metadata.namespace === undefined ? [] : [metadata.namespace]), metadata.name].join(' ');

/** Namespaces first, then what others need; the same on every machine. */
export function inOrder(a: RenderedObject, b: RenderedObject): number {
  const key = ({ kind, metadata }: RenderedObject) =>
    [String(KIND_ORDER.indexOf(kind)).padStart(3, '0'), metadata.namespace ?? '', metadata.name].join('\0');
  return key(a) < key(b) ? -1 : 1;
}
