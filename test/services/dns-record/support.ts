import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import https from 'node:https';
import { json } from 'node:stream/consumers';

import { PLACEHOLDER_ADDRESS } from '../../../topology/host-contract.js';
import { GROUP_ID, type AzureStandIn } from '../../azure/stand-in/index.js';

const ZONE = `${GROUP_ID}/providers/Microsoft.Network/privateDnsZones/copilot.internal`;

export const recordId = (name: string) => `${ZONE}/A/${name}`;

export interface RecordState {
  readonly ttl: number;
  readonly metadata: Readonly<Record<string, string>>;
  readonly aRecords: readonly { readonly ipv4Address: string }[];
}

/** Asks Resource Manager as whoever runs Terraform. */
async function manage(azure: AzureStandIn, method: 'GET' | 'PUT', id: string, body?: object) {
  const token = azure.directory.issue(azure.deployer, 'https://management.azure.com');
  const request = https.request(`https://management.azure.com${id}?api-version=2024-06-01`, {
    method,
    agent: azure.agent,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
  });
  request.end(body && JSON.stringify(body));
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const answer = (await json(response)) as { readonly properties: unknown };
  if (response.statusCode! >= 300) throw new Error(`${method} ${id}: ${JSON.stringify(answer)}`);
  return answer.properties;
}

/** Creates a zone with records as the stacks do, before there is a group. */
export async function addRecords(azure: AzureStandIn, names: readonly string[]): Promise<void> {
  await manage(azure, 'PUT', ZONE, { location: 'global', properties: {} });
  for (const name of names) await setRecord(azure, name, PLACEHOLDER_ADDRESS);
}

export async function setRecord(azure: AzureStandIn, name: string, ...addresses: string[]): Promise<void> {
  const aRecords = addresses.map((ipv4Address) => ({ ipv4Address }));
  const properties: RecordState = { ttl: 10, metadata: { tenant: name }, aRecords };
  await manage(azure, 'PUT', recordId(name), { properties });
}

/** What a record says, without what Azure adds. */
export async function recordOf(azure: AzureStandIn, name: string): Promise<RecordState> {
  const { ttl, metadata, aRecords } = (await manage(azure, 'GET', recordId(name))) as RecordState;
  return { ttl, metadata, aRecords };
}
