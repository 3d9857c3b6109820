import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** What `/metrics` shows. Labels name tenants and replicas, never sessions. */
export class Metrics {
  readonly registry = new Registry();
  /** Sets what is looked up only when somebody asks. */
  refresh: () => void = () => undefined;
  readonly connections = this.#gauge('connections', 'Open connections of a tenant', ['tenant']);
  readonly unauthenticated = this.#gauge('unauthenticated_connections', 'Connections without a token yet');
  readonly sessions = this.#gauge('sessions', 'Attached sessions', ['tenant', 'replica']);
  readonly turns = this.#gauge('turns', 'Turns that run', ['tenant']);
  readonly replicaUp = this.#gauge('replica_up', 'Whether a replica can be reached', ['replica']);
  readonly replicaDraining = this.#gauge(
    'replica_draining',
    'Whether a replica is about to end: nothing begins there',
    ['replica'],
  );
  readonly moved = this.#counter(
    'moved_sessions_total',
    'Sessions attached again after their replica was replaced, by where they went',
    ['replica'],
  );
  readonly expired = this.#counter(
    'expired_sessions_total',
    'Expired sessions that were deleted, where replicas share them',
    ['tenant'],
  );
  readonly calls = this.#counter('calls_total', 'Calls of a tenant that were passed on', ['tenant']);
  readonly refusals = this.#counter('refusals_total', 'Calls that the gateway refused', ['tenant', 'kind']);
  readonly received = this.#counter('received_bytes_total', 'Bytes from a tenant', ['tenant']);
  readonly sent = this.#counter('sent_bytes_total', 'Bytes to a tenant', ['tenant']);
  readonly lost = this.#counter('lost_sessions_total', 'Sessions lost with their replica', ['replica']);
  readonly cutOff = this.#counter('cut_off_total', 'Connections ended by the gateway', ['tenant']);
  readonly callSeconds = new Histogram({
    name: `${PREFIX}call_seconds`,
    help: 'Time from passing a call on to its answer',
    labelNames: ['replica'],
    buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60],
    registers: [this.registry],
  });

  /** The page of `/metrics`. */
  text(): Promise<string> {
    this.refresh();
    return this.registry.metrics();
  }

  #gauge<T extends string>(name: string, help: string, labelNames: readonly T[] = []): Gauge<T> {
    return new Gauge({ name: PREFIX + name, help, labelNames, registers: [this.registry] });
  }

  #counter<T extends string>(name: string, help: string, labelNames: readonly T[]): Counter<T> {
    return new Counter({ name: PREFIX + name, help, labelNames, registers: [this.registry] });
  }
}

const PREFIX = 'copilot_gateway_';
