import { Counter, Gauge, Histogram, Registry } from 'prom-client';

const PREFIX = 'copilot_runtime_';
const INFO = `${PREFIX}info`;

type Awaitable<T> = T | Promise<T>;

/** Values by name, such as `liveSessions`; those of a metric with a label of its own by what the label says. */
export type Values = Readonly<Record<string, string | number | Readonly<Record<string, number>>>>;

/** What `/metrics` shows of one runtime. No label names a session or a user. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #common: Readonly<Record<string, string>>;

  /** @param runtime id of the runtime in the plan. @default - a runtime that is in no plan */
  constructor(runtime = '') {
    const [kind, name = ''] = runtime.split('/');
    this.#common = { runtime, tenant: kind === 'tenant' ? name : '', pool: String(kind === 'pool') };
    this.#registry.setDefaultLabels(this.#common);
  }

  /** A value that is looked up when somebody asks, and is left out while it cannot be known. */
  gauge(name: string, help: string, read: () => Awaitable<number | undefined>): void {
    const gauge: Gauge = new Gauge({
      name: PREFIX + name,
      help,
      registers: [this.#registry],
      collect: async () => {
        const value = await Promise.resolve()
          .then(read)
          .catch(() => undefined);
        if (value === undefined) gauge.remove();
        else gauge.set(value);
      },
    });
  }

  /** What is known as text and seldom changes, as the labels of a metric that is always 1. */
  info<T extends string>(help: string, names: readonly T[], read: () => Awaitable<Record<T, string>>): void {
    const gauge: Gauge<T> = new Gauge({
      name: INFO,
      help,
      labelNames: names,
      registers: [this.#registry],
      collect: async () => {
        gauge.reset();
        const labels = await Promise.resolve()
          .then(read)
          .catch(() => undefined);
        if (labels) gauge.set(labels, 1);
      },
    });
  }

  counter<T extends string = never>(name: string, help: string, labelNames: readonly T[] = []): Counter<T> {
    return new Counter({ name: PREFIX + name, help, labelNames, registers: [this.#registry] });
  }

  /** @param buckets upper bounds in seconds */
  histogram(name: string, help: string, buckets: number[]): Histogram {
    return new Histogram({ name: PREFIX + name, help, buckets, registers: [this.#registry] });
  }

  /** The page of `/metrics`. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  /** The same without histograms, for who reads one runtime and no series. */
  async values(): Promise<Values> {
    const found: Record<string, string | number | Record<string, number>> = {};
    for (const { name, type, values } of await this.#registry.getMetricsAsJSON()) {
      // prom-client declares this enumeration and gives its names.
      if (!['gauge', 'counter'].includes(String(type))) continue;
      for (const { value, labels } of values) {
        const own = Object.entries(labels).filter(([label]) => !(label in this.#common));
        if (name === INFO) Object.assign(found, Object.fromEntries(own));
        else if (own.length === 0) found[fieldOf(name)] = value;
        else Object.assign((found[fieldOf(name)] ??= {}), { [String(own[0]![1])]: value });
      }
    }
    return found;
  }

  get contentType(): string {
    return this.#registry.contentType;
  }
}

/** `copilot_runtime_live_sessions` → `liveSessions`. */
const fieldOf = (name: string) =>
  name
    .slice(PREFIX.length)
    .replace(/_total$/, '')
    .replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
