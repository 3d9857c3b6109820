import { setTimeout as delay } from 'node:timers/promises';

import type { Gateway } from './gateway.js';

/** Between two looks at whether turns still run, in milliseconds. */
const LOOK_MS = 100;

/**
 * Lets running turns finish, then ends every connection. New connections and new work have been refused since the
 * gateway said that it drains.
 *
 * @param forced ends it at once
 */
export async function drain(gateway: Gateway, seconds: number, forced: AbortSignal): Promise<void> {
  gateway.refuseNew();
  const deadline = performance.now() + seconds * 1000;
  while (gateway.turns > 0 && performance.now() < deadline && !forced.aborted) {
    await delay(LOOK_MS, undefined, { signal: forced }).catch(() => undefined);
  }
  await gateway.close();
}
