import { describe, expect, it } from '@jest/globals';

import { ownAddress, type AddressSources } from '../../../services/dns-record/address.js';

const sources = (addresses: string[], more: Partial<AddressSources> = {}): AddressSources => ({
  env: {},
  addresses: () => addresses,
  towardsAzure: () => Promise.resolve(undefined),
  ...more,
});
const DELEGATED = 'Fabric_NET-0-[Delegated]';

describe('the address of a container', () => {
  it('is the only one that it has', async () => {
    expect(await ownAddress(sources(['10.1.0.4']))).toBe('10.1.0.4');
  });

  it('is the one in the delegated subnet, where its node has an interface there too', async () => {
    const addresses = ['10.92.0.14', '10.1.0.4'];
    expect(await ownAddress(sources(addresses, { env: { [DELEGATED]: '10.1.0.4' } }))).toBe('10.1.0.4');
  });

  it('is the one towards Azure when that is all that tells', async () => {
    const addresses = ['10.92.0.14', '10.1.0.4'];
    const towardsAzure = () => Promise.resolve('10.1.0.4');
    // What the variable says is no address of this container.
    const env = { [DELEGATED]: '10.1.0.9' };
    expect(await ownAddress(sources(addresses, { towardsAzure, env }))).toBe('10.1.0.4');
  });

  it('is never guessed', async () => {
    await expect(ownAddress(sources([]))).rejects.toMatchObject({
      missing: 'network',
      message: 'this container has no IPv4 address: see that its group is in a subnet',
    });
    const several = sources(['10.92.0.14', '10.1.0.4']);
    await expect(ownAddress(several)).rejects.toMatchObject({
      missing: 'network',
      message:
        'this container has the addresses 10.92.0.14, 10.1.0.4 and no way to Azure: give its subnet one',
    });
  });
});
