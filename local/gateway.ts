import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';

import {
  GATEWAY_FILES,
  gatewayConfig,
  gatewayTokenFile,
  localFiles,
  TOKEN_SLOTS,
  type GatewayPlan,
} from '../topology/index.js';
import type { LocalEndpoint } from '../topology/local-endpoint.js';

import { privateDirectory, tokenOfRevision, writeState } from './state.js';

/** Longest drain of a run that is ended: what takes longer is killed with its runtimes. */
const MAX_DRAIN_SECONDS = 10;

/** Files of the gateway of a run: its tenants' tokens, and its configuration, which follows the replicas' ports. */
export class LocalGateway {
  readonly #ports = new Map<string, number>();
  #port = 0;
  #writing: Promise<void> = Promise.resolve();

  /**
   * @param state state directory of the run
   * @param redisPassword of the Redis that keeps the locks
   */
  constructor(
    private readonly state: string,
    private readonly plan: GatewayPlan,
    private readonly redisPassword?: string,
  ) {}

  /**
   * Puts directories and tokens in place: a token for each slot that has none of its revision, and none for a slot
   * that is no more.
   *
   * @returns every secret, for whoever must keep them out of logs
   */
  async prepare(): Promise<string[]> {
    const directory = this.#at(GATEWAY_FILES.tokens);
    await privateDirectory(this.#at(GATEWAY_FILES.directory));
    await privateDirectory(directory);
    const tokens = new Map<string, string>();
    for (const [tenant, { tokens: slots }] of Object.entries(this.plan.tenants)) {
      for (const slot of TOKEN_SLOTS) {
        const revision = slots[slot];
        if (revision === undefined) continue;
        const name = gatewayTokenFile(tenant, slot);
        tokens.set(name, await tokenOfRevision(path.join(directory, name), revision));
      }
    }
    for (const name of await readdir(directory)) {
      if (!tokens.has(name.replace(/\.revision$/, ''))) await rm(path.join(directory, name));
    }
    const passwordFile = this.#at(GATEWAY_FILES.redisPassword);
    if (this.redisPassword === undefined) {
      await rm(passwordFile, { force: true });
      return [...tokens.values()];
    }
    await writeState(passwordFile, this.redisPassword);
    return [...tokens.values(), this.redisPassword];
  }

  /** Takes note of where a program listens: replicas change their ports, the gateway keeps its own. */
  async listening(id: string, { port }: LocalEndpoint): Promise<void> {
    if (id === 'gateway') this.#port = port;
    else this.#ports.set(id, port);
    this.#writing = this.#writing.then(() => this.#write());
    await this.#writing;
  }

  async #write(): Promise<void> {
    const config = gatewayConfig(
      { ...this.plan, drainSeconds: Math.min(this.plan.drainSeconds, MAX_DRAIN_SECONDS) },
      {
        listen: `127.0.0.1:${this.#port}`,
        health: '127.0.0.1:0',
        replicas: Object.fromEntries(
          this.plan.runtimes.flatMap((id) => {
            const port = this.#ports.get(id);
            if (port === undefined) return [];
            const connectionTokenFile = this.#at(localFiles(id).connectionToken);
            return [[id, { address: `127.0.0.1:${port}`, connectionTokenFile }]];
          }),
        ),
        ...(this.redisPassword !== undefined && { redisPasswordFile: this.#at(GATEWAY_FILES.redisPassword) }),
        tokens: { kind: 'directory', path: this.#at(GATEWAY_FILES.tokens) },
      },
    );
    await writeState(this.#at(GATEWAY_FILES.config), `${JSON.stringify(config, null, 2)}\n`);
  }

  #at(file: string): string {
    return path.join(this.state, file);
  }
}
