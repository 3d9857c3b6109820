import { readFileSync } from 'node:fs';

/** A value of Terraform's JSON. */
export type Value = string | number | boolean | null | readonly Value[] | { readonly [key: string]: Value };
export type Config = Readonly<Record<string, Value | undefined>>;

/** A resource of a stack, as the synthesised JSON has it. */
export interface StackResource {
  /** `<type>.<key>` */
  readonly address: string;
  readonly type: string;
  readonly config: Config;
}

/** A stack as it was synthesised. */
export interface Stack {
  readonly resources: readonly StackResource[];
  /** Data sources; their addresses begin with `data.`. */
  readonly data: readonly StackResource[];
}

type Blocks = Readonly<Record<string, Readonly<Record<string, Config>>>>;

/** Reads a cdk.tf.json. */
export function readStack(file: string): Stack {
  const { resource = {}, data = {} } = JSON.parse(readFileSync(file, 'utf8')) as {
    resource?: Blocks;
    data?: Blocks;
  };
  const all = (blocks: Blocks, prefix: string) =>
    Object.entries(blocks).flatMap(([type, byKey]) =>
      Object.entries(byKey).map(([key, config]) => ({ address: `${prefix}${type}.${key}`, type, config })),
    );
  return { resources: all(resource, ''), data: all(data, 'data.') };
}

const REFERENCE = /(?<!\$)\$\{([^{}]+)\}/g;

/** Everything that a value refers to, such as `azurerm_subnet.x.id`. */
export function referencesIn(value: Value | undefined): string[] {
  if (typeof value === 'string') return [...value.matchAll(REFERENCE)].map(([, inside]) => inside!);
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap((one: Value) => referencesIn(one));
}

/** A value with every reference replaced. */
export function resolve<T extends Value | undefined>(value: T, lookUp: (reference: string) => string): T {
  if (typeof value === 'string')
    return value.replace(REFERENCE, (_, inside: string) => lookUp(inside)).replaceAll('$${', '${') as T;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((one: Value) => resolve(one, lookUp)) as unknown as T;
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, resolve(one as Value, lookUp)]),
  ) as unknown as T;
}

/** Addresses that must be there before a resource. */
export function needsOf({ config }: StackResource): string[] {
  const named = (config.depends_on as readonly string[] | undefined) ?? [];
  const referred = referencesIn(config as Value).map((one) => addressOf(one));
  return [...new Set([...named, ...referred])];
}

/** `azurerm_subnet.x.id` and `data.azurerm_subnet.x.id` without the attribute. */
export const addressOf = (reference: string) =>
  reference
    .split('.')
    .slice(0, reference.startsWith('data.') ? 3 : 2)
    .join('.');

/** Resources with each after what it needs. @throws Error for a circle */
export function inOrder(resources: readonly StackResource[]): StackResource[] {
  const left = new Map(resources.map((one) => [one.address, one]));
  const ordered: StackResource[] = [];
  while (left.size > 0) {
    const next = [...left.values()].filter((one) => needsOf(one).every((need) => !left.has(need)));
    if (next.length === 0) throw new Error(`a circle of ${[...left.keys()].join(', ')}`);
    for (const one of next) left.delete(one.address);
    ordered.push(...next);
  }
  return ordered;
}

/** The single block of a name: an object, or a list with one in it. */
export function block(config: Config, name: string): Config | undefined {
  return blocks(config, name)[0];
}

/** Blocks of a name: a list, an object for one, or nothing. */
export function blocks(config: Config, name: string): readonly Config[] {
  const value = config[name];
  if (value === undefined || value === null) return [];
  return (Array.isArray(value) ? value : [value]) as unknown as readonly Config[];
}

/** Without what is null or undefined, as JSON of Azure has it. */
export function given(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== undefined && value !== null),
  );
}
