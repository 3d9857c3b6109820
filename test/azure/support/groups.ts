import type { AzureStandIn } from '../stand-in/index.js';

import { callArm } from './arm.js';
import { put } from './landscape.js';

/** Creates a group and waits until it is ready. @returns its address */
export async function runGroup(standIn: AzureStandIn, id: string, body: object): Promise<string> {
  await put(standIn, id, body);
  return ready(standIn, id);
}

/** Waits until a group is ready. @returns its address */
export async function ready(standIn: AzureStandIn, id: string): Promise<string> {
  const life = standIn.groups.life({ id })!;
  await life.until(() => life.ready);
  return life.address!;
}

/** What a container has printed, as Azure tells it. */
export async function logsOf(standIn: AzureStandIn, id: string, container: string): Promise<string> {
  const { body } = await callArm(standIn, 'GET', `${id}/containers/${container}/logs`);
  return String(body.content);
}
