import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import type { GroupRunner, RunningGroup } from '../stand-in/arm/container-groups/groups.js';
import type { GroupLife } from '../stand-in/arm/container-groups/life.js';
import type { Container, GroupProperties, Volume } from '../stand-in/arm/container-groups/model.js';
import type { Resource } from '../stand-in/arm/store.js';
import type { AzureStandIn } from '../stand-in/index.js';

import type { ContainerSpec } from './container.js';
import { Fabric } from './fabric.js';
import { ContainerFiles } from './files.js';
import { firewall } from './firewall.js';
import { openGate } from './gate.js';
import { removeLeftovers } from './namespaces.js';
import { Supervisor } from './supervisor.js';

export { whyNotHere } from './privileges.js';

/** A group whose processes run. */
interface LocalGroup extends RunningGroup {
  readonly supervisors: readonly Supervisor[];
}

/**
 * Runs what container groups describe as processes of this machine, each group in namespaces of its own, behind the
 * security groups of the stand-in. Needs root.
 */
export class LocalRunner implements GroupRunner {
  readonly #groups = new Map<string, LocalGroup>();
  #enforced: Promise<void> = Promise.resolve();
  #rules = '';
  #number = 0;

  private constructor(
    readonly standIn: AzureStandIn,
    readonly fabric: Fabric,
    readonly files: ContainerFiles,
    readonly closeGate: () => Promise<void>,
  ) {}

  /** Starts the network, and lets the groups of the stand-in run here from now on. */
  static async start(standIn: AzureStandIn): Promise<LocalRunner> {
    await removeLeftovers();
    const sockets = path.join(standIn.folder, 'sockets');
    mkdirSync(sockets);
    const closeGate = await openGate(standIn, sockets);
    const fabric = await Fabric.start(sockets);
    const files = new ContainerFiles(path.join(standIn.folder, 'files'), standIn.authority);
    const runner = new LocalRunner(standIn, fabric, files, closeGate);
    runner.#follow();
    standIn.onChange(() => runner.#follow());
    standIn.groups.runner = runner;
    return runner;
  }

  async start(group: Resource, life: GroupLife): Promise<RunningGroup> {
    await this.#enforced;
    const properties = group.body.properties as GroupProperties;
    const namespace = await this.fabric.connect(life.address!);
    const supervisors = properties.containers.map((container) => {
      const spec = this.#spec(namespace, container, properties.volumes ?? []);
      return new Supervisor(container, spec, life, properties.restartPolicy, this.fabric);
    });
    for (const supervisor of supervisors) supervisor.start();
    const running: LocalGroup = {
      supervisors,
      logs: (name) => supervisors.find(({ container }) => container.name === name)?.log.text ?? '',
      terminal: (name, program, events) =>
        supervisors.find(({ container }) => container.name === name)!.terminal(program, events),
      stop: async () => {
        await Promise.all(supervisors.map((supervisor) => supervisor.stop()));
        await this.fabric.disconnect(namespace);
        this.#groups.delete(group.id.toLowerCase());
      },
    };
    this.#groups.set(group.id.toLowerCase(), running);
    return running;
  }

  /** Runs a command in a container, as its user. @returns what it printed */
  exec(groupId: string, args: readonly string[], container?: string): Promise<string> {
    const { supervisors = [] } = this.#groups.get(groupId.toLowerCase()) ?? {};
    const found = supervisors.find((one) => container === undefined || one.container.name === container);
    return found ? found.exec(args) : Promise.reject(new Error(`${groupId} does not run`));
  }

  /** Waits until the network is as the resources say now. */
  settled(): Promise<void> {
    return this.#enforced;
  }

  async close(): Promise<void> {
    await this.#enforced;
    await this.fabric.stop();
    await this.closeGate();
  }

  /** Names and security groups follow the resources. */
  #follow(): void {
    const { resources } = this.standIn;
    this.files.resolve(resources);
    const rules = firewall(resources);
    if (rules === this.#rules) return;
    this.#rules = rules;
    this.#enforced = this.#enforced.then(() => this.fabric.enforce(rules));
  }

  #spec(namespace: string, { properties }: Container, volumes: readonly Volume[]): ContainerSpec {
    const variables = (properties.environmentVariables ?? []).map(
      ({ name, value, secureValue }) => [name, value ?? secureValue ?? ''] as const,
    );
    const number = (this.#number += 1);
    return {
      namespace,
      command: properties.command ?? [],
      env: Object.fromEntries(variables),
      mounts: (properties.volumeMounts ?? []).map(({ name, mountPath, readOnly = false }) => {
        const volume = volumes.find((one) => one.name === name)!;
        return { source: this.#folderOf(volume, number), target: mountPath, readOnly };
      }),
      root: path.join(this.standIn.folder, 'roots', String(number)),
      files: this.files.folder,
    };
  }

  #folderOf({ name, azureFile, secret = {} }: Volume, number: number): string {
    const { shares } = this.standIn.groups;
    if (azureFile) return shares.folder(azureFile.storageAccountName, azureFile.shareName);
    const folder = path.join(this.standIn.folder, 'volumes', String(number), name);
    mkdirSync(folder, { recursive: true });
    for (const [file, content] of Object.entries(secret as Record<string, string>))
      writeFileSync(path.join(folder, file), Buffer.from(content, 'base64'));
    chmodSync(folder, 0o777);
    return folder;
  }
}
