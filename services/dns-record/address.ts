import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv4 } from 'node:net';
import { networkInterfaces } from 'node:os';

import { AzureFailure } from '../managed-identity/failure.js';

/** Address in the delegated subnet, as Container Instances say it: a container may have interfaces of its node too. */
const DELEGATED = 'Fabric_NET-0-[Delegated]';

/** Azure's own DNS and health address, the same in every network. */
const AZURE = '168.63.129.16';

export interface AddressSources {
  readonly env: NodeJS.ProcessEnv;
  /** IPv4 addresses of the container, loopback left out. */
  readonly addresses: () => readonly string[];
  /** The one that it reaches Azure with. */
  readonly towardsAzure: () => Promise<string | undefined>;
}

/**
 * The private IPv4 address that others reach this container at.
 *
 * @throws {AzureFailure} when there is none, or any of several might be it
 */
export async function ownAddress(sources: AddressSources = SYSTEM): Promise<string> {
  const addresses = sources.addresses();
  const told = sources.env[DELEGATED];
  if (told !== undefined && addresses.includes(told)) return told;
  const [first, second] = addresses;
  if (first === undefined) {
    throw new AzureFailure(
      'network',
      'this container has no IPv4 address: see that its group is in a subnet',
    );
  }
  if (second === undefined) return first;
  const used = await sources.towardsAzure();
  if (used !== undefined && addresses.includes(used)) return used;
  throw new AzureFailure(
    'network',
    `this container has the addresses ${addresses.join(', ')} and no way to Azure: give its subnet one`,
  );
}

const SYSTEM: AddressSources = {
  env: process.env,
  addresses: () =>
    Object.values(networkInterfaces())
      .flatMap((one) => one ?? [])
      .filter(({ address, internal }) => !internal && isIPv4(address) && !address.startsWith('169.254.'))
      .map(({ address }) => address),
  async towardsAzure() {
    const socket = createSocket('udp4');
    try {
      // Sends nothing: the kernel only chooses an interface.
      socket.connect(53, AZURE);
      await once(socket, 'connect');
      return socket.address().address;
    } catch {
      return undefined;
    } finally {
      socket.close();
    }
  },
};
