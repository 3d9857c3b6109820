import { same } from './resource-id.js';

/** A resource as Azure keeps it, secrets included. */
export interface Resource {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly body: Body;
}

/** What somebody PUTs, and what is kept of it. */
export interface Body {
  readonly location?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly identity?: {
    readonly type: string;
    readonly userAssignedIdentities?: Readonly<Record<string, object>>;
  };
  readonly sku?: { readonly name: string; readonly tier?: string };
  readonly kind?: string;
  readonly zones?: readonly string[];
  readonly etag?: string;
  readonly properties: Properties;
}
export type Properties = Readonly<Record<string, unknown>>;

/** All resources by id. */
export class Store {
  readonly #resources = new Map<string, Resource>();
  readonly #listeners: (() => void)[] = [];

  /** Tells of every change from now on. */
  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  get(id: string): Resource | undefined {
    return this.#resources.get(id.toLowerCase());
  }

  put(resource: Resource): Resource {
    this.#resources.set(resource.id.toLowerCase(), resource);
    for (const tell of this.#listeners) tell();
    return resource;
  }

  delete(id: string): boolean {
    const found = this.#resources.delete(id.toLowerCase());
    for (const tell of this.#listeners) tell();
    return found;
  }

  /** Resources of a type, or all. */
  list(type?: string): Resource[] {
    return [...this.#resources.values()].filter((one) => type === undefined || same(one.type, type));
  }

  /** What stands in, or is part of, a resource or group. */
  below(id: string): Resource[] {
    const prefix = `${id.toLowerCase()}/`;
    return this.list().filter((one) => one.id.toLowerCase().startsWith(prefix));
  }
}

/** A list in the properties of a resource; empty when there is none. */
export function listOf<T>(properties: Properties, name: string): readonly T[] {
  return (properties[name] as readonly T[] | undefined) ?? [];
}
