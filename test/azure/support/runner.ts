import { describe } from '@jest/globals';

import { LocalRunner, whyNotHere } from '../runner/index.js';
import type { AzureStandIn } from '../stand-in/index.js';

import { callArm } from './arm.js';
import { put } from './landscape.js';

/** Describes tests that run container groups as processes: skipped where they cannot, with the reason in the name. */
export function describeWithRunner(name: string, tests: () => void): void {
  const why = whyNotHere();
  const run = why === undefined ? describe : describe.skip;
  run(why === undefined ? name : `${name} (skipped: ${why})`, tests);
}

export const startRunner = (standIn: AzureStandIn): Promise<LocalRunner> => LocalRunner.start(standIn);

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
