import { Counter, Gauge, Histogram, Registry } from 'prom-client';

const PREFIX = 'copilot_runtime_';

type Awaitable<T> = T | Promise<T>;

/** What `/metrics` shows of one runtime. No label names a session or a user. */
export class Metrics {
  readonly #registry = new Registry();

  /** @param runtime id of the runtime in the plan. @default - a runtime that is in no plan */
  constructor(runtime = '') {
    const [kind, name = ''] = runtime.split('/');
    this.#registry.setDefaultLabels({
      runtime,
      tenant: kind === 'tenant' ? name : '',
      pool: String(kind === 'pool'),
    });
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

  get contentType(): string {
    return this.#registry.contentType;
  }
}
