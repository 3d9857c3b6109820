import { readFile } from 'node:fs/promises';
import path from 'node:path';

import { bringUp, type Deployment } from '../../local/index.js';
import {
  GATEWAY_FILES,
  localFiles,
  parseTopology,
  planTopology,
  type Plan,
  type RuntimeId,
} from '../../topology/index.js';
import { parseLocalEndpoint } from '../../topology/local-endpoint.js';
import { runtimePid } from '../support/processes.js';
import { waitFor } from '../support/wait.js';

import { CONTAINER_MIB } from './growth.js';
import type { Blow, Ledger } from './ledger.js';
import type { Random } from './random.js';
import type { Access } from './user.js';

const KINDS = ['kill-runtime', 'kill-host', 'drain', 'kill-gateway', 'rotate'] as const;

/** A deployment of which half the tenants share a pool, and what can be done to it. */
export class World {
  #revision = 1;
  #plan: Plan;
  #deployment: Deployment | undefined;

  constructor(
    private readonly root: string,
    /** Name of the deployment, which its tenants' names begin with too. */
    private readonly name: string,
    private readonly tenants: number,
    /** Origin of the stand-in model, which outlives every blow. */
    private readonly model: string,
    private readonly ledger: Ledger,
    private readonly random: Random,
  ) {
    this.#plan = this.#planned();
  }

  get names(): string[] {
    return Object.keys(this.#plan.routes);
  }

  /** What a tenant's turns go through. */
  usedBy(tenant: string): string[] {
    const uses =
      this.#plan.routes[tenant]?.to === 'pool' ? ['gateway', 'pool/0', 'pool/1'] : [`tenant/${tenant}`];
    return uses.map((part) => `${this.name}/${part}`);
  }

  access = (tenant: string) => async (): Promise<Access> => {
    const own: RuntimeId = this.#plan.routes[tenant]?.to === 'pool' ? 'pool/0' : `tenant/${tenant}`;
    const pooled = own === 'pool/0';
    const { port } = await this.#endpoint(pooled ? GATEWAY_FILES.endpoint : localFiles(own).endpoint);
    const token = pooled ? path.join(GATEWAY_FILES.tokens, `${tenant}.a`) : localFiles(own).connectionToken;
    return {
      address: `127.0.0.1:${port}`,
      connectionToken: await readFile(path.join(this.#state, token), 'utf8'),
      model: this.model,
    };
  };

  async up(): Promise<void> {
    this.#deployment = await bringUp(this.#plan, {
      stateRoot: this.root,
      readyTimeoutMs: 120_000,
      keeper: { restarts: 50, stableMs: 1000 },
    });
  }

  async down(): Promise<void> {
    await this.#deployment?.stop();
    this.#deployment = undefined;
  }

  /** Does something bad, and waits until everything is well again. */
  async blow(): Promise<void> {
    const kind = this.random.next() < 0.05 ? 'rotate' : this.random.pick(KINDS.slice(0, -1));
    const target = this.random.pick(this.#plan.runtimes).id;
    const everything = ['gateway', ...this.#plan.runtimes.map(({ id }) => id)];
    const parts = kind === 'rotate' ? everything : kind === 'kill-gateway' ? ['gateway'] : [target];
    const hits = parts.map((part) => `${this.name}/${part}`);
    const blow: Blow = { kind, hits, at: Date.now() };
    this.ledger.blows.push(blow);
    await this.#strike(kind, target);
    await this.#healed();
    blow.healedAt = Date.now();
  }

  /** Turns that the runtimes say are under way. */
  async runningTurns(): Promise<number> {
    const pages = await Promise.all(
      this.#plan.runtimes.map(({ id }) => this.#get(id, '/metrics').then((answer) => answer.text())),
    );
    return pages.reduce(
      (sum, page) => sum + Number(/^copilot_runtime_running_turns\{.*\} (\S+)$/m.exec(page)?.[1]),
      0,
    );
  }

  /** When hosts replaced their runtimes by themselves, as their logs say. */
  async replacements(): Promise<Blow[]> {
    const logs = this.#plan.runtimes.map(async ({ id }): Promise<Blow[]> => {
      const text = await readFile(path.join(this.#state, localFiles(id).log), 'utf8');
      const lines = text.split('\n').filter((line) => line.startsWith('{'));
      const entries = lines.map((line) => JSON.parse(line) as { msg?: string; time: string });
      return entries.flatMap(({ msg, time }, n) => {
        if (msg !== 'the runtime is replaced when its turns have finished') return [];
        const ready = entries.slice(n).find((later) => later.msg === 'ready');
        const healed = ready && { healedAt: Date.parse(ready.time) };
        return [{ kind: 'replace', hits: [`${this.name}/${id}`], at: Date.parse(time), ...healed }];
      });
    });
    return (await Promise.all(logs)).flat();
  }

  async #strike(kind: (typeof KINDS)[number], target: RuntimeId): Promise<void> {
    const host = await this.#endpoint(localFiles(target).endpoint);
    switch (kind) {
      case 'kill-runtime':
        return kill(runtimePid(this.#state, target), 'SIGKILL');
      case 'kill-host':
        return kill(host.pid, 'SIGKILL');
      case 'drain':
        kill(host.pid, 'SIGTERM');
        await waitFor(`${target} to stop`, () => !isThere(host.pid), 60_000);
        return;
      case 'kill-gateway':
        return kill((await this.#endpoint(GATEWAY_FILES.endpoint)).pid, 'SIGKILL');
      case 'rotate':
        await this.down();
        this.#revision++;
        this.#plan = this.#planned();
        return this.up();
    }
  }

  async #healed(): Promise<void> {
    const ready = async (id: RuntimeId) => (await this.#get(id, '/readyz')).ok;
    for (const { id } of this.#plan.runtimes) {
      await waitFor(`${id} to be ready`, () => ready(id).catch(() => false), 60_000);
    }
    const gateway = async () => {
      const { healthPort } = await this.#endpoint(GATEWAY_FILES.endpoint);
      return (await fetch(`http://127.0.0.1:${healthPort}/readyz`)).ok;
    };
    await waitFor('the gateway to be ready', () => gateway().catch(() => false), 60_000);
  }

  #planned(): Plan {
    const names = Array.from(
      { length: this.tenants },
      (_, n) => `${this.name}-${String(n).padStart(2, '0')}`,
    );
    const revision = this.#revision;
    const placed = names.map((name, n) =>
      n % 2 === 0
        ? [name, { placement: 'dedicated', connectionTokenRevision: revision }]
        : [name, { placement: 'pool', gatewayToken: { a: revision } }],
    );
    return planTopology(
      parseTopology(
        JSON.stringify({
          name: this.name,
          platform: 'local',
          pattern: 'hybrid',
          runtime: { integrationId: 'soak', resources: { memoryMiB: CONTAINER_MIB } },
          pool: { replicas: 2, connectionTokenRevision: revision },
          tenants: Object.fromEntries(placed) as object,
        }),
      ),
    );
  }

  get #state(): string {
    return path.join(this.root, this.name);
  }

  async #endpoint(file: string) {
    const found = parseLocalEndpoint(await readFile(path.join(this.#state, file), 'utf8').catch(() => ''));
    if (!found) throw new Error(`${file} is not there: its program does not run`);
    return found;
  }

  async #get(id: RuntimeId, where: string): Promise<Response> {
    const { healthPort } = await this.#endpoint(localFiles(id).endpoint);
    return fetch(`http://127.0.0.1:${healthPort}${where}`);
  }
}

function kill(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid !== undefined && isThere(pid)) process.kill(pid, signal);
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
