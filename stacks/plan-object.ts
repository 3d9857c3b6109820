/** Any object of Kubernetes, those that keep state among them. */
export const MANIFEST = 'kubernetes_manifest';

export type Fields = Readonly<Record<string, unknown>>;

/** What a resource is, as the plan has it. */
export function objectOf(type: string, value: unknown): Fields | undefined {
  const object = fields(value);
  return type === MANIFEST ? (fields(object?.manifest) ?? fields(object?.object)) : object;
}

/** A block, which is a list of one in Terraform's JSON. */
export function fields(value: unknown): Fields | undefined {
  const one = Array.isArray(value) ? (value[0] as unknown) : value;
  return typeof one === 'object' && one !== null ? (one as Fields) : undefined;
}

/** A text that is there and not empty. */
export const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);
export const metadataOf = (object: Fields | undefined): Fields => fields(object?.metadata) ?? {};
