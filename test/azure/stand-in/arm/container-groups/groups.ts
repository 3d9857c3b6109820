import type { OperationFailure } from '../kind.js';
import { rangeOf } from '../kinds/network.js';
import { keysOf } from '../kinds/storage.js';
import { regionName, type Limits } from '../limits.js';
import { same } from '../resource-id.js';
import type { Resource, Store } from '../store.js';

import { Addresses } from './addresses.js';
import { GroupLife } from './life.js';
import type { AzureFile, GroupProperties } from './model.js';
import { notAvailable } from './rules.js';
import type { FileShares } from './shares.js';
import { Terminals, type Access, type Terminal, type TerminalEvents } from './terminals.js';

/** Starts what a container group describes, as processes. */
export interface GroupRunner {
  start(group: Resource, life: GroupLife): Promise<RunningGroup>;
  /** Once every group has stopped. */
  close?(): Promise<void>;
}

export interface RunningGroup {
  /** What a container has printed. */
  logs(container: string): string;
  /** Starts a program in a terminal in a container that runs. @default - there is no program */
  terminal?(container: string, program: string, events: TerminalEvents): Terminal;
  stop(): Promise<void>;
}

interface Place {
  readonly life: GroupLife;
  readonly running?: RunningGroup;
}

/** The container groups that there are: their addresses, lives and, with a runner, processes. */
export class ContainerGroups {
  /** Runs groups for real. @default - they are only said to run */
  runner: GroupRunner | undefined;
  readonly terminals = new Terminals();
  readonly #addresses = new Addresses();
  readonly #places = new Map<string, Place>();
  readonly #creates: number[] = [];

  constructor(
    readonly store: Store,
    readonly limits: Limits,
    readonly shares: FileShares,
  ) {}

  life({ id }: Pick<Resource, 'id'>): GroupLife | undefined {
    return this.#places.get(id.toLowerCase())?.life;
  }

  logs({ id }: Resource, container: string): string {
    return this.#places.get(id.toLowerCase())?.running?.logs(container) ?? '';
  }

  /** Lets somebody start a program in a container; undefined while that does not run. */
  exec({ id }: Pick<Resource, 'id'>, container: string, program: string): Access | undefined {
    const { life, running } = this.#places.get(id.toLowerCase()) ?? {};
    if (!life || life.state === 'Stopped') return undefined;
    if (life.viewOf(container).currentState.state !== 'Running') return undefined;
    return this.terminals.issue((events) => {
      const terminal = running?.terminal?.(container, program, events);
      if (terminal) return terminal;
      events.hear(`OCI runtime exec failed: exec: "${program}": no such file or directory: unknown\r\n`);
      events.closed();
      return { send: () => undefined, close: () => undefined };
    });
  }

  /** Id of a group in a subnet; undefined when there is none. */
  inSubnet(subnet: string): string | undefined {
    return this.#all().find(({ body }) =>
      (body.properties as GroupProperties).subnetIds?.some(({ id }) => same(id, subnet)),
    )?.id;
  }

  /** Groups of a region; a create within the last hour counts for Azure's rate. */
  inRegion(location: string): readonly Resource[] {
    return this.#all().filter(({ body }) => regionName(body.location ?? '') === regionName(location));
  }

  /** @returns creates within the last hour, this one included */
  countCreate(now = Date.now()): number {
    this.#creates.push(now);
    return this.#creates.filter((at) => at > now - 3_600_000).length;
  }

  /** Starts a group that is new or changed, with a new address. @returns why it could not be */
  async start(group: Resource): Promise<OperationFailure | undefined> {
    await this.stop(group);
    const properties = group.body.properties as GroupProperties;
    const life = new GroupLife(properties, this.#address(properties));
    this.#keep(group, { life });
    const failure = this.#failure(group, life);
    if (failure) return failure;
    if (!this.#canMount(group, life)) return undefined;
    for (const container of properties.containers) life.pulled(container);
    if (this.runner) this.#keep(group, { life, running: await this.runner.start(group, life) });
    else
      for (const container of properties.containers) {
        life.started(container);
        life.probed(container, true);
      }
    return undefined;
  }

  /** Ends what runs of a group. */
  async stop(group: Resource): Promise<void> {
    const place = this.#places.get(group.id.toLowerCase());
    await place?.running?.stop();
    if (place?.life.address) this.#addresses.free(place.life.address);
    place?.life.stopped();
    if (place) this.#keep(group, { life: place.life });
  }

  async remove(group: Resource): Promise<void> {
    await this.stop(group);
    this.#places.delete(group.id.toLowerCase());
  }

  async close(): Promise<void> {
    this.terminals.close();
    await Promise.all(this.#all().map((group) => this.stop(group)));
    await this.runner?.close?.();
  }

  #all(): Resource[] {
    return this.store.list('Microsoft.ContainerInstance/containerGroups');
  }

  #keep({ id }: Resource, place: Place): void {
    this.#places.set(id.toLowerCase(), place);
  }

  #address({ subnetIds, ipAddress }: GroupProperties): string | undefined {
    if (ipAddress?.type === 'Public') return this.#addresses.take('203.0.113.0/24');
    const [subnet] = subnetIds ?? [];
    return subnet && this.#addresses.take(rangeOf(this.store.get(subnet.id)!));
  }

  /** What is found only while the group is made, which leaves it in Azure. */
  #failure({ name, body }: Resource, life: GroupLife): OperationFailure | undefined {
    const { containers } = body.properties as GroupProperties;
    const location = regionName(body.location ?? '');
    if (this.limits.fullRegions.has(location))
      return { code: 'ServiceUnavailable', message: notAvailable(containers, location) };
    const missing = containers.find(({ properties }) => this.limits.inaccessibleImages.has(properties.image));
    if (!missing) return undefined;
    life.notPulled(missing);
    return {
      code: 'InaccessibleImage',
      message: `The image '${missing.properties.image}' in container group '${name}' is not accessible. Please check the image and registry credential.`,
    };
  }

  /** A wrong key or share is no failure to Azure: the group waits, and its events tell. */
  #canMount(group: Resource, life: GroupLife): boolean {
    const { containers, volumes = [] } = group.body.properties as GroupProperties;
    const wrong = volumes.find(({ azureFile }) => azureFile && !this.#isRight(group, azureFile));
    if (!wrong) return true;
    for (const container of containers) life.notMounted(container);
    return false;
  }

  #isRight({ id }: Resource, file: AzureFile): boolean {
    const accounts = this.store.list('Microsoft.Storage/storageAccounts');
    const account = accounts.find(({ name }) => name === file.storageAccountName);
    if (!account) return false;
    const share = `${account.id}/fileServices/default/shares/${file.shareName}`;
    const allowed = this.#reaches(account, id);
    return (
      keysOf(account.body.properties).includes(file.storageAccountKey ?? '') &&
      account.body.properties.allowSharedKeyAccess !== false &&
      this.store.get(share) !== undefined &&
      allowed
    );
  }

  /** Whether the network rules of an account let the subnet of a group in. */
  #reaches(account: Resource, groupId: string): boolean {
    const rules = account.body.properties.networkAcls as {
      readonly defaultAction?: string;
      readonly virtualNetworkRules?: readonly { readonly id: string }[];
    };
    if (rules.defaultAction !== 'Deny') return true;
    const group = this.store.get(groupId)?.body.properties as GroupProperties | undefined;
    return (group?.subnetIds ?? []).some(({ id }) =>
      rules.virtualNetworkRules?.some((rule) => same(rule.id, id)),
    );
  }
}
