import type { GatewayMessage } from '../../topology/gateway-contract.js';
import type { HostMessage } from '../../topology/host-contract.js';

/** Longest wait for a message to reach the parent, in milliseconds. */
const SEND_DEADLINE_MS = 1000;

/** Tells the process that started this one with an IPC channel, if there is one. Settles when it has been sent. */
export async function tellParent(message: HostMessage | GatewayMessage): Promise<void> {
  if (!process.connected) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, SEND_DEADLINE_MS);
    process.send?.(message, undefined, undefined, () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
