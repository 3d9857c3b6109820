/** A field of a class, as its OpenAPI description has it. */
export interface Attribute {
  readonly name: string;
  /** Name in JSON. */
  readonly baseName: string;
  /** `string`, `number`, `Array<V1Container>`, `{ [key: string]: string; }`, `IntOrString`, `V1PodSpec`, … */
  readonly type: string;
}

/** Fields of the classes of @kubernetes/client-node by class name. */
export type Models = (className: string) => readonly Attribute[] | undefined;

/** Loads the descriptions of all classes, without the clients that the package's own entry brings along. */
export async function loadModels(): Promise<Models> {
  const classes: Readonly<Record<string, unknown>> =
    await import('@kubernetes/client-node/dist/gen/models/all.js');
  return (className) => {
    const found = classes[className] as { getAttributeTypeMap?: () => readonly Attribute[] } | undefined;
    return found?.getAttributeTypeMap?.();
  };
}

/**
 * The field of a class that an argument of the provider stands for. The provider writes snake case, and names a block
 * that may be repeated in the singular: `run_as_user` is `runAsUser`, `cluster_ip` is `clusterIP`, `volume_mount` is
 * `volumeMounts`.
 */
export function attributeFor(attributes: readonly Attribute[], argument: string): Attribute | undefined {
  const flat = argument.replaceAll('_', '').toLowerCase();
  const plurals = [`${flat}s`, `${flat}es`, ...(flat.endsWith('y') ? [`${flat.slice(0, -1)}ies`] : [])];
  for (const candidate of [flat, ...plurals]) {
    const found = attributes.find(({ baseName }) => baseName.toLowerCase() === candidate);
    if (found) return found;
  }
  return undefined;
}
