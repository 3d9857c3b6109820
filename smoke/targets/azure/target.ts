import { lookup } from 'node:dns/promises';

import pRetry from 'p-retry';

import type { Arm } from '../../../azure/arm.js';
import { AzureError } from '../../../azure/errors.js';
import type { Group } from '../../../azure/group.js';
import { connectRuntime, ResolveError, type Resolver } from '../../../client/index.js';
import {
  GATEWAY_NAME,
  HOST_PORTS,
  type Endpoint,
  type GroupExpectation,
  type Manifest,
  type ManifestRuntime,
  type SecretPlace,
} from '../../../topology/index.js';
import { TargetError } from '../target-error.js';
import type { Target } from '../target.js';

import { groupTrouble, restartsOf, sameId } from './group.js';
import { AzureView, GROUPS_API } from './view.js';

/** How long a group may take to restart: to pull its image again, to start, to be ready and to write its record. */
const RESTARTED_WITHIN_MS = 300_000;

export interface AzureTargetOptions {
  readonly manifest: Manifest;
  readonly arm: Arm;
  /** Finds endpoints by name and reads tokens from the vault. */
  readonly resolve: Resolver;
  /** What answers is no Azure. @default false */
  readonly standIn?: boolean;
}

/** Runtimes in container groups, reached as their clients reach them: by name, from inside of their network. */
export class AzureTarget implements Target {
  readonly kind = 'azure';
  readonly azure: AzureView;
  readonly connect = connectRuntime;
  /** Groups as they were when something was first asked of them. */
  readonly #before = new Map<string, Promise<Group>>();

  constructor(readonly options: AzureTargetOptions) {
    this.azure = new AzureView(options.arm, groupsOf(options.manifest));
  }

  get name(): string {
    return this.options.standIn ? 'azure (stand-in)' : 'azure';
  }

  address(runtime: string): Promise<string> {
    return this.#reach(runtime, this.#runtime(runtime).endpoint);
  }

  gateway(): Promise<string> {
    const { gateway } = this.options.manifest;
    if (!gateway) throw new TargetError('the manifest has no gateway: its topology has no pool');
    return this.#reach(GATEWAY_NAME, gateway.endpoint);
  }

  /** Asked of Azure once: a connection that fails says nothing about why nobody answers. */
  async #reach(who: string, endpoint: Endpoint): Promise<string> {
    const trouble = groupTrouble(await this.#first(who));
    if (trouble === undefined) return toTarget(this.options.resolve.address(endpoint));
    // It may only have been starting.
    this.#before.delete(who);
    throw new TargetError(`${trouble}: see its events and log`);
  }

  #first(who: string): Promise<Group> {
    const known = this.#before.get(who);
    if (known) return known;
    const asking = this.azure.group(who);
    this.#before.set(who, asking);
    asking.catch(() => this.#before.delete(who));
    return asking;
  }

  secret(place: SecretPlace): Promise<string> {
    return toTarget(this.options.resolve.secret(place));
  }

  async standIn(runtime: string): Promise<string | undefined> {
    return this.#runtime(runtime).expect.standIns.length > 0
      ? `http://127.0.0.1:${HOST_PORTS.standIn}`
      : undefined;
  }

  home(runtime: string): string {
    return this.#runtime(runtime).expect.home;
  }

  log(runtime: string): Promise<string> {
    return this.azure.log(runtime);
  }

  /**
   * Restarts the group, after which it has another address. Whoever may only read, as the identity of the suite, leaves
   * it: the container has been started anew by then in any case.
   */
  async replace(runtime: string): Promise<void> {
    const { id } = this.azure.expected(runtime);
    try {
      await this.options.arm.post(`${id}/restart`, undefined, { apiVersion: GROUPS_API });
    } catch (error) {
      if (error instanceof AzureError && error.status === 403) return;
      throw error;
    }
    await pRetry(() => this.#isBack(runtime), {
      retries: 1000,
      factor: 1,
      minTimeout: 1000,
      maxRetryTime: RESTARTED_WITHIN_MS,
    });
    this.#before.delete(runtime);
  }

  async #isBack(runtime: string): Promise<void> {
    const group = await this.azure.group(runtime);
    const trouble = groupTrouble(group);
    if (trouble !== undefined) throw new TargetError(`${trouble} after a restart`);
    const { ip } = group.properties.ipAddress ?? {};
    const { endpoint } = this.#runtime(runtime);
    const led = endpoint.kind === 'dns' ? await addressesOf(endpoint.host) : [];
    if (ip !== undefined && !led.includes(ip)) {
      throw new TargetError(`${runtime} has address ${ip}, and its name still leads to ${led.join(', ')}`);
    }
  }

  async lost(runtime: string): Promise<string | undefined> {
    const before = await this.#before.get(runtime)?.catch(() => undefined);
    if (!before) return undefined;
    const now = await this.options.arm.find<Group>(before.id, { apiVersion: GROUPS_API });
    if (!now) return `container group ${before.name} was deleted while the check ran`;
    const trouble = groupTrouble(now);
    if (trouble !== undefined) return trouble;
    if (restartsOf(now) > restartsOf(before)) {
      return `a container of group ${before.name} ended while the check ran`;
    }
    return sameId(now.properties.ipAddress?.ip, before.properties.ipAddress?.ip)
      ? undefined
      : `container group ${before.name} was restarted while the check ran`;
  }

  async close(): Promise<void> {
    // Nothing is held open between two calls.
  }

  #runtime(runtime: string): ManifestRuntime {
    const found = this.options.manifest.runtimes[runtime];
    if (!found) throw new TargetError(`the manifest has no runtime ${runtime}`);
    return found;
  }
}

/** Addresses that a name leads to from here; none where it is not known. */
export async function addressesOf(host: string): Promise<string[]> {
  const found = await lookup(host, { all: true, family: 4 }).catch(() => []);
  return found.map(({ address }) => address);
}

function groupsOf({ runtimes, gateway }: Manifest): Map<string, GroupExpectation> {
  const groups = Object.entries(runtimes).flatMap(([id, { state, expect }]) =>
    state === 'active' && expect.group ? [[id, expect.group] as const] : [],
  );
  return new Map([
    ...groups,
    ...(gateway?.expect.group ? [[GATEWAY_NAME, gateway.expect.group] as const] : []),
  ]);
}

async function toTarget<T>(answer: Promise<T>): Promise<T> {
  return answer.catch((error: unknown) => {
    throw error instanceof ResolveError ? new TargetError(error.message, { cause: error }) : error;
  });
}
