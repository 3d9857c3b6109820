import { describe, expect, it } from '@jest/globals';

import { RecordKeeper } from '../../../services/dns-record/keeper.js';
import type { Found } from '../../../services/dns-record/record-set.js';
import { AzureFailure } from '../../../services/managed-identity/failure.js';
import { afterTest } from '../../support/cleanup.js';
import { waitFor } from '../../support/wait.js';

const [OWN, OTHER, NOWHERE] = ['10.1.0.4', '10.1.0.9', '192.0.2.1'] as const;

/** A record in memory with etags as Azure has them. */
class MemoryRecord {
  readonly name = 'acme.copilot.internal';
  addresses: readonly string[] = [NOWHERE];
  failure: AzureFailure | undefined;
  reads = 0;
  writes = 0;
  #etag = 0;

  set(...addresses: string[]): void {
    this.addresses = addresses;
    this.#etag++;
  }

  async read(): Promise<Found> {
    this.reads++;
    if (this.failure) throw this.failure;
    return { addresses: this.addresses, etag: String(this.#etag), properties: { ttl: 10 } };
  }

  async lead({ etag }: Found, address: string): Promise<void> {
    if (this.failure) throw this.failure;
    if (etag !== String(this.#etag)) throw new AzureFailure('service', 'was changed by somebody else');
    this.writes++;
    this.set(address);
  }
}

function kept(prepare: (record: MemoryRecord) => void = () => undefined) {
  const record = new MemoryRecord();
  prepare(record);
  const logged: { readonly level: string; readonly reason?: string }[] = [];
  const own = { address: OWN as string };
  const keeper = new RecordKeeper({
    record,
    placeholder: NOWHERE,
    log: {
      info: () => logged.push({ level: 'info' }),
      warn: (fields) => logged.push({ level: 'warn', ...fields }),
    },
    address: () => Promise.resolve(own.address),
    checkMs: 10,
    firstPauseMs: 5,
  });
  afterTest(() => keeper.release());
  const looks = async (count: number) => {
    const from = record.reads;
    await waitFor('looks', () => record.reads >= from + count);
  };
  return { record, keeper, own, logged, looks };
}
const missing = (what: 'role' | 'network') => new AzureFailure(what, `the ${what} is missing`);

describe('a kept record', () => {
  it('leads to the container, which is not ready before, and is written once', async () => {
    const { record, keeper, logged, looks } = kept();
    expect(keeper.obstacle).toBe('the DNS record acme.copilot.internal does not lead here yet');
    await waitFor('the record', () => keeper.obstacle === undefined);
    await looks(3);
    expect(record).toMatchObject({ addresses: [OWN], writes: 1 });
    expect(logged).toEqual([{ level: 'info' }]);
  });

  it.each<[string, readonly string[]]>([
    ['another address', [OTHER]],
    ['several', [OWN, OTHER]],
    ['none', []],
  ])('is put right when somebody makes it lead to %s', async (_, addresses) => {
    const { record, keeper } = kept();
    await waitFor('the record', () => keeper.obstacle === undefined);
    record.set(...addresses);
    await waitFor('the record', () => record.writes === 2);
    expect(record.addresses).toEqual([OWN]);
  });

  it('follows the address', async () => {
    const { record, own, keeper } = kept();
    await waitFor('the record', () => keeper.obstacle === undefined);
    own.address = OTHER;
    await waitFor('the record', () => record.addresses[0] === OTHER);
    expect(record.addresses).toEqual([OTHER]);
  });

  it('is tried for as long as the role is missing, says so once, and makes the container not ready', async () => {
    const { record, keeper, logged, looks } = kept((one) => (one.failure = missing('role')));
    await looks(4);
    expect(keeper.obstacle).toBe('the role is missing');
    expect(logged).toEqual([expect.objectContaining({ level: 'warn', reason: 'the role is missing' })]);
    record.failure = undefined;
    await waitFor('the record', () => keeper.obstacle === undefined);
    expect(record.addresses).toEqual([OWN]);
  });

  it('stays good while nobody can look at it, unless the address has changed', async () => {
    const { record, keeper, own, looks } = kept();
    await waitFor('the record', () => keeper.obstacle === undefined);
    record.failure = missing('network');
    await looks(2);
    expect(keeper.obstacle).toBeUndefined();
    own.address = OTHER;
    await waitFor('the obstacle', () => keeper.obstacle === 'the network is missing');
    expect(keeper.obstacle).toBe('the network is missing');
  });

  it('leads nowhere when the container stops', async () => {
    const { record, keeper } = kept();
    await waitFor('the record', () => keeper.obstacle === undefined);
    await keeper.release();
    expect(record.addresses).toEqual([NOWHERE]);
  });

  it('is left alone when it leads to somebody else by then', async () => {
    const { record, keeper } = kept();
    await waitFor('the record', () => keeper.obstacle === undefined);
    const released = keeper.release();
    record.set(OTHER);
    await released;
    expect(record.addresses).toEqual([OTHER]);
  });
});
