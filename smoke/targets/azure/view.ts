import type { Arm } from '../../../azure/arm.js';
import { AzureError } from '../../../azure/errors.js';
import type { Group } from '../../../azure/group.js';
import type { GroupExpectation } from '../../../topology/index.js';
import { TargetError } from '../target-error.js';

import { sameId } from './group.js';

export const GROUPS_API = '2023-05-01';
const RECORDS_API = '2024-06-01';

interface ARecord {
  readonly ipv4Address: string;
}

/** What Resource Manager says of a deployment. Everything is read anew, for checks ask what is true now. */
export class AzureView {
  constructor(
    readonly arm: Arm,
    readonly groups: ReadonlyMap<string, GroupExpectation>,
  ) {}

  /** What is planned for the group of a runtime, or of the gateway. @throws {TargetError} when nothing is */
  expected(who: string): GroupExpectation {
    const found = this.groups.get(who);
    if (found) return found;
    throw new TargetError(`the manifest plans no container group for ${who}: write it anew with a deploy`);
  }

  /** @throws {TargetError} when it is not there */
  async group(who: string): Promise<Group> {
    const { id } = this.expected(who);
    const group = await asked(this.arm.find<Group>(id, { apiVersion: GROUPS_API }));
    if (group) return group;
    throw new TargetError(`there is no container group ${nameOf(id)} for ${who}: deploy the topology`);
  }

  /** Client id of an identity of a group, which is no secret. @throws {TargetError} when it does not have it */
  async clientId(who: string, identity: string): Promise<string> {
    const { name, identity: own } = await this.group(who);
    const found = Object.entries(own?.userAssignedIdentities ?? {}).find(([id]) => sameId(id, identity));
    const clientId = found?.[1].clientId;
    if (clientId) return clientId;
    throw new TargetError(`container group ${name} does not have identity ${nameOf(identity)}: deploy again`);
  }

  /** Every container group in the resource groups of the deployment, also those of others. */
  async neighbours(): Promise<Group[]> {
    const places = new Set([...this.groups.values()].map(({ id }) => placeOf(id)));
    const lists = [...places].map((place) =>
      asked(
        this.arm.list<{ readonly id: string }>(
          `${place}/providers/Microsoft.ContainerInstance/containerGroups`,
          {
            apiVersion: GROUPS_API,
          },
        ),
      ),
    );
    return (await Promise.all(lists)).flat() as Group[];
  }

  /** The addresses that the record of a group leads to; undefined for whoever may not read the zone. */
  async record(who: string): Promise<string[] | undefined> {
    const { record } = this.expected(who);
    try {
      const call = { apiVersion: RECORDS_API };
      const found = await this.arm.find<{ readonly properties: { readonly aRecords?: readonly ARecord[] } }>(
        record,
        call,
      );
      return (found?.properties.aRecords ?? []).map(({ ipv4Address }) => ipv4Address);
    } catch (error) {
      if (error instanceof AzureError && error.status === 403) return undefined;
      throw error;
    }
  }

  /** What the containers of a group have printed; Azure keeps the last 4 MB. */
  async log(who: string): Promise<string> {
    const { id, properties } = await this.group(who);
    const logs = properties.containers.map(({ name }) => logOf(this.arm, id, name));
    return (await Promise.all(logs)).join('\n');
  }
}

/** The log of one container. @param tail lines of its end. @default - all that Azure keeps */
export async function logOf(arm: Arm, group: string, container: string, tail?: number): Promise<string> {
  const { content } = await asked(
    arm.get<{ readonly content?: string | null }>(`${group}/containers/${container}/logs`, {
      apiVersion: GROUPS_API,
      ...(tail !== undefined && { query: { tail: String(tail) } }),
    }),
  );
  return content ?? '';
}

/** An answer of Azure that explains itself is the target's word too. */
export async function asked<T>(answer: Promise<T>): Promise<T> {
  return answer.catch((error: unknown) => {
    throw error instanceof AzureError ? new TargetError(error.message, { cause: error }) : error;
  });
}

/** Id of the resource group that a resource is in. */
const placeOf = (id: string) => id.split('/').slice(0, 5).join('/');

const nameOf = (id: string) => id.slice(id.lastIndexOf('/') + 1);
