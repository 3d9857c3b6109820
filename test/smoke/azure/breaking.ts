import { GATEWAY_NAME, type GroupExpectation, type Manifest } from '../../../topology/index.js';
import type { GroupProperties } from '../../azure/stand-in/arm/container-groups/model.js';
import { addressesOf } from '../../azure/stand-in/arm/kinds/private-dns.js';
import type { Body, Resource } from '../../azure/stand-in/arm/store.js';
import type { AzureStandIn, Vault } from '../../azure/stand-in/index.js';
import { ready } from '../../azure/support/groups.js';
import { waitFor } from '../../support/wait.js';

/** Changes a deployment in the stand-in behind everybody's back, and mends it again. */
export class Breaking {
  constructor(
    readonly standIn: AzureStandIn,
    readonly vault: Vault,
    readonly manifest: Manifest,
    /** Its groups run. */
    readonly runs: boolean,
  ) {}

  /** What is planned for the group of a runtime, or of the gateway. */
  expected(who: string): GroupExpectation {
    const { runtimes, gateway } = this.manifest;
    const group = (who === GATEWAY_NAME ? gateway : runtimes[who])?.expect.group;
    if (group) return group;
    throw new Error(`nothing is planned for ${who}`);
  }

  /** Connection token of a runtime. */
  token(runtime: string): string {
    const place = this.manifest.runtimes[runtime]?.connectionToken;
    return (place?.kind === 'keyVaultSecret' && this.vault.secrets.get(place.name)?.value) || '';
  }

  /** Changes a group and starts it. @returns puts it back */
  async change(who: string, change: (body: Body) => void): Promise<() => Promise<void>> {
    const { id } = this.expected(who);
    const { body } = this.resource(id);
    const start = async (changed: Body) => {
      await this.standIn.groups.start(this.put(id, changed));
      if (this.runs) await this.ready(who);
      // Where nothing runs in a group it cannot write its record: that is done for it.
      else this.lead(who, this.addressOf(who));
    };
    const copy = structuredClone(body);
    change(copy);
    await start(copy);
    return () => start(body);
  }

  /** Waits until a group serves, and its name leads to it. */
  async ready(who: string): Promise<void> {
    const { id, record } = this.expected(who);
    const address = await ready(this.standIn, id);
    await waitFor(`the record of ${who}`, () => addressesOf(this.resource(record).body)[0] === address);
  }

  /** Has the name of a group lead somewhere, which the group cannot change. @returns has it lead home again */
  record(who: string, ...addresses: readonly string[]): () => void {
    const { record: id } = this.expected(who);
    const { roles } = this.standIn;
    const rights = roles.list().filter(({ scope }) => scope === id);
    for (const right of rights) roles.revoke(right);
    const { body } = this.resource(id);
    const aRecords = addresses.map((ipv4Address) => ({ ipv4Address }));
    this.put(id, { ...body, properties: { ...body.properties, aRecords } });
    return () => {
      for (const { principalId, role, name } of rights) {
        roles.assign({ objectId: principalId }, role.name, id, name);
      }
      this.put(id, body);
    };
  }

  /** As the group itself would, where nothing runs in it. */
  lead(who: string, ipv4Address: string): void {
    const { record: id } = this.expected(who);
    const { body } = this.resource(id);
    this.put(id, { ...body, properties: { ...body.properties, aRecords: [{ ipv4Address }] } });
  }

  /** Gives the identity of a group a role. @returns takes it back */
  assign(who: string, role: string, scope: string): () => void {
    const { roles, directory } = this.standIn;
    const assignment = roles.assign(directory.identityOf(this.expected(who).identity)!, role, scope);
    return () => roles.revoke(assignment);
  }

  /** Takes the security groups off all subnets. @returns puts them back */
  openNetwork(): () => void {
    const { store } = this.standIn.groups;
    const subnets = store.list('Microsoft.Network/virtualNetworks/subnets');
    for (const subnet of subnets) {
      const { networkSecurityGroup: _, ...properties } = subnet.body.properties;
      store.put({ ...subnet, body: { ...subnet.body, properties } });
    }
    return () => subnets.forEach((subnet) => store.put(subnet));
  }

  /** @returns puts it back */
  remove(who: string): () => void {
    const group = this.resource(this.expected(who).id);
    this.standIn.groups.store.delete(group.id);
    return () => void this.standIn.groups.store.put(group);
  }

  addressOf(who: string): string {
    return this.standIn.groups.life({ id: this.expected(who).id })?.address ?? '';
  }

  /** The volume with the share of a runtime, as its group has it. */
  volumeOf(runtime: string) {
    const { volumes = [] } = this.resource(this.expected(runtime).id).body.properties as GroupProperties;
    return volumes.find(({ azureFile }) => azureFile)!;
  }

  resource(id: string): Resource {
    const found = this.standIn.groups.store.get(id);
    if (found) return found;
    throw new Error(`there is no ${id}`);
  }

  put(id: string, body: Body): Resource {
    return this.standIn.groups.store.put({ ...this.resource(id), body });
  }
}
