import { PROVIDER_DEFAULTS } from './kinds.js';
import { attributeFor, type Models } from './models.js';
import { unescapeTemplate } from './templates.js';

export type Fields = Readonly<Record<string, unknown>>;

/** What is wrong with a value, and where it stands. */
export type Report = (path: string, message: string) => void;

/**
 * Turns a value of Terraform's configuration into the one of a manifest, led by the type that its field has in
 * Kubernetes.
 *
 * @returns undefined for what the provider does not send either: nulls, empty texts, lists and maps
 */
export class Converter {
  constructor(
    private readonly models: Models,
    private readonly report: Report,
  ) {}

  convert(value: unknown, type: string, path: string): unknown {
    if (value === null || value === undefined) return undefined;
    const element = /^Array<(.+)>$/.exec(type)?.[1];
    if (element !== undefined) return this.list(value, element, path);
    const entry = /^\{ \[key: string\]: (.+); \}$/.exec(type)?.[1];
    if (entry !== undefined) return this.map(value, entry, path);
    switch (type) {
      case 'string':
      case 'Date':
        return this.text(value, path) || undefined;
      case 'number':
        return this.number(value, path);
      case 'boolean':
        return this.boolean(value, path);
      case 'IntOrString':
        return this.intOrString(value, path);
      default:
        return this.object(value, type, path);
    }
  }

  /** @param skip arguments that have no field */
  fields(value: Fields, className: string, path: string, skip: ReadonlySet<string> = new Set()): Fields {
    const attributes = this.models(className);
    if (!attributes) {
      this.report(path, `is of type ${className}, which @kubernetes/client-node does not describe`);
      return {};
    }
    const found = new Map<string, unknown>();
    for (const [argument, content] of Object.entries(value)) {
      if (skip.has(argument) || content === null || content === undefined) continue;
      const place = path === '' ? argument : `${path}.${argument}`;
      const attribute = attributeFor(attributes, argument);
      if (!attribute) {
        this.report(place, `is no field of ${className}`);
        continue;
      }
      if (found.has(attribute.baseName))
        this.report(place, `means ${attribute.baseName}, which is there twice`);
      const converted =
        OCTAL_MODES.has(attribute.baseName) && typeof content === 'string'
          ? this.mode(content, place)
          : this.convert(content, attribute.type, place);
      if (converted !== undefined) found.set(attribute.baseName, converted);
    }
    for (const [name, content] of Object.entries(PROVIDER_DEFAULTS[className] ?? {})) {
      if (!found.has(name)) found.set(name, content);
    }
    return Object.fromEntries(
      attributes.flatMap(({ baseName }) => (found.has(baseName) ? [[baseName, found.get(baseName)]] : [])),
    );
  }

  /** A block: an object, or a list of one. */
  private object(value: unknown, className: string, path: string): Fields | undefined {
    const blocks = Array.isArray(value) ? value : [value];
    if (blocks.length === 0) return undefined;
    const [block] = blocks as unknown[];
    if (blocks.length > 1 || !isFields(block)) {
      this.report(path, `must be one block, got ${describe(value)}`);
      return undefined;
    }
    return this.fields(block, className, path);
  }

  private list(value: unknown, element: string, path: string): unknown[] | undefined {
    let items = Array.isArray(value) ? (value as unknown[]) : [value];
    if (element === 'V1VolumeProjection') items = items.flatMap(separateProjections);
    const converted = items.map((item, index) => {
      // A text in a list counts even when empty: the core API group is "".
      if (element === 'string') return this.text(item, `${path}[${index}]`);
      return this.convert(item, element, `${path}[${index}]`);
    });
    return converted.length === 0 ? undefined : converted.filter((item) => item !== undefined);
  }

  /** Labels, annotations, data, quantities: keys are the user's own and stay as they are. */
  private map(value: unknown, entry: string, path: string): Fields | undefined {
    if (!isFields(value)) {
      this.report(path, `must be a map, got ${describe(value)}`);
      return undefined;
    }
    const entries = Object.entries(value).flatMap(([key, content]): [string, unknown][] => {
      if (content === null || content === undefined) return [];
      const place = `${path}[${JSON.stringify(key)}]`;
      const name = this.text(key, place);
      return [[name, entry === 'string' ? this.text(content, place) : this.convert(content, entry, place)]];
    });
    if (entries.length === 0) return undefined;
    return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  private text(value: unknown, path: string): string {
    if (typeof value === 'number' || typeof value === 'boolean') return String(value);
    if (typeof value !== 'string') {
      this.report(path, `must be a text, got ${describe(value)}`);
      return '';
    }
    const plain = unescapeTemplate(value);
    if (plain === undefined) {
      this.report(path, `is the expression ${value}, which only Terraform can work out: use a literal value`);
    }
    return plain ?? '';
  }

  private number(value: unknown, path: string): number | undefined {
    if (typeof value === 'number') return value;
    if (value === '') return undefined;
    if (typeof value === 'string' && WHOLE.test(value)) return Number(value);
    this.report(path, `must be a whole number, got ${describe(value)}`);
    return undefined;
  }

  private boolean(value: unknown, path: string): boolean | undefined {
    if (typeof value === 'boolean') return value;
    if (value === 'true' || value === 'false') return value === 'true';
    this.report(path, `must be true or false, got ${describe(value)}`);
    return undefined;
  }

  private intOrString(value: unknown, path: string): number | string | undefined {
    const text = this.text(value, path);
    return WHOLE.test(text) ? Number(text) : text || undefined;
  }

  /** The provider takes file modes as octal text; JSON has decimal numbers only. */
  private mode(value: string, path: string): number | undefined {
    if (/^0[0-7]{1,4}$/.test(value)) return parseInt(value, 8);
    this.report(path, `must be an octal mode such as "0440", got ${describe(value)}`);
    return undefined;
  }
}

const WHOLE = /^-?\d{1,15}$/;
const OCTAL_MODES: ReadonlySet<string> = new Set(['defaultMode', 'mode']);

/** The provider's order of sources in a projected volume; it takes several of one kind in one block. */
const PROJECTIONS = ['secret', 'config_map', 'downward_api', 'service_account_token'];

function separateProjections(source: unknown): unknown[] {
  if (!isFields(source)) return [source];
  const kinds = Object.keys(source).sort((a, b) => PROJECTIONS.indexOf(a) - PROJECTIONS.indexOf(b));
  return kinds.flatMap((kind) => {
    const content = source[kind];
    return (Array.isArray(content) ? (content as unknown[]) : [content]).map((one) => ({ [kind]: one }));
  });
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function describe(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
