import { randomBytes } from 'node:crypto';

import type { Arm } from '../../../azure/arm.js';
import { AzureError } from '../../../azure/errors.js';
import type { Group } from '../../../azure/group.js';
import type { SmokeGroup } from '../../../topology/index.js';
import type { Report } from '../../model.js';
import { GROUPS_API } from '../../targets/azure/view.js';

import { followGroup } from './follow.js';
import type { GroupRun } from './group-run.js';
import { CREATED_TAG, groupBody, LONGEST_RUN_SECONDS } from './group.js';

const IDENTITIES_API = '2023-01-31';
/** A container group keeps its secret volumes in memory, and a request to Azure holds 4 MB. */
const MOST_BYTES = 1_000_000;
/** After the longest run, a group that is still there belongs to a run that was killed. */
const LEFTOVER_AFTER_MS = (LONGEST_RUN_SECONDS + 300) * 1000;

/**
 * Runs the suite in a container group of its own, inside the network, and gives back its report. The group is removed,
 * whatever comes of it; should this process be killed, the next run removes it once its longest time is over.
 *
 * @throws {AzureError} when the group cannot be created, does not start or ends without a report
 */
export async function runInNetwork(run: GroupRun): Promise<Report> {
  const { arm, place, topology, manifestText, args, signal } = run;
  const size = Buffer.byteLength(manifestText);
  if (size > MOST_BYTES) {
    throw new AzureError(
      `the manifest has ${size} bytes, and a container group takes ${MOST_BYTES}: run the suite on a machine in the network, without --in-network`,
    );
  }
  const clientId = await clientIdOf(arm, place.identity);
  await removeLeftovers(run);
  signal?.throwIfAborted();
  const name = `${topology}-smoke-${randomBytes(5).toString('hex')}`;
  const id = `${groupsOf(place)}/${name}`;
  const body = groupBody({ ...place, name, clientId, manifestText, args });
  try {
    await arm.put(id, body, { apiVersion: GROUPS_API, ...(signal && { signal }) });
    return await followGroup(run, id);
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    // A create that failed, or that nobody waited for, leaves its group too.
    await arm.delete(id, { apiVersion: GROUPS_API });
  }
}

async function clientIdOf(arm: Arm, identity: string): Promise<string> {
  const found = await arm.find<{ readonly properties: { readonly clientId: string } }>(identity, {
    apiVersion: IDENTITIES_API,
  });
  if (found) return found.properties.clientId;
  const name = identity.slice(identity.lastIndexOf('/') + 1);
  throw new AzureError(`there is no identity ${name} for the suite: deploy the topology`);
}

async function removeLeftovers({ arm, place, signal }: GroupRun): Promise<void> {
  const call = { apiVersion: GROUPS_API, ...(signal && { signal }) };
  const groups = await arm.list<Group>(groupsOf(place), call);
  for (const { id, tags } of groups) {
    const created = Date.parse(tags?.[CREATED_TAG] ?? '');
    if (Date.now() - created > LEFTOVER_AFTER_MS) await arm.delete(id, call);
  }
}

const groupsOf = ({ subscriptionId, resourceGroup }: SmokeGroup) =>
  `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.ContainerInstance/containerGroups`;
