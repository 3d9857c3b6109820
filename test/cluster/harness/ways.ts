import type { V1Pod } from '@kubernetes/client-node';

import type { Environment } from './environment.js';
import { inPod } from './exec.js';

/** Where a connection is tried to. */
export interface Destination {
  readonly host: string;
  readonly port: number;
}

/** A firewall that drops packets is known by waiting. */
const TRY_SECONDS = 3;

/** Tries TCP connections from inside a pod, all at once. @returns the names of those that came about, sorted */
export async function reachedFrom(
  environment: Environment,
  pod: V1Pod,
  destinations: Readonly<Record<string, Destination>>,
): Promise<string[]> {
  const tries = Object.entries(destinations).map(
    ([name, { host, port }]) =>
      `{ timeout ${TRY_SECONDS} bash -c 'exec 3<>/dev/tcp/${host}/${port}' 2>/dev/null && echo '${name}'; } &`,
  );
  // Of all shells only bash connects by itself.
  const printed = await inPod(environment, pod, ['bash', '-c', `${tries.join('\n')}\nwait`]);
  return printed.split('\n').filter(Boolean).sort();
}
