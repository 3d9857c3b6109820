import { CheckFailure } from '../check-failure.js';
import type { Check } from '../model.js';
import { addressesOf } from '../targets/azure/target.js';

import { groupOwner } from './group.js';

export const recordLeadsHome: Check = {
  id: 'record-leads-home',
  why: 'The name of a container group leads to the address that the group has now: Azure gives it another at every restart.',
  scope: ['runtime', 'gateway'],
  targets: ['azure'],
  evenUnreachable: true,
  maySkipOn: [],
  async run(bench, { from }) {
    const who = groupOwner(from);
    const [{ properties }, record] = await Promise.all([bench.azure.group(who), bench.azure.record(who)]);
    const address = properties.ipAddress?.ip;
    if (address === undefined) throw failure(`${who} to have an address`, 'its group has none');
    if (record && (record.length !== 1 || record[0] !== address)) {
      throw failure(
        `the record of ${who} to lead to ${address}`,
        `it leads to ${record.join(', ') || 'nowhere'}`,
      );
    }
    const { endpoint } = who === from ? bench.runtime(who) : bench.manifest.gateway!;
    const host = endpoint.kind === 'dns' ? endpoint.host : '';
    const found = await addressesOf(host);
    if (found.length === 1 && found[0] === address) return undefined;
    throw failure(
      `${host} to be ${address} here, as the record says`,
      found.join(', ') || 'the name is not known',
    );
  },
};

function failure(expected: string, seen: string): CheckFailure {
  return new CheckFailure({
    expected,
    seen,
    advice:
      'see the log of the group for why it could not write its record (its role on the record set), and that the zone is linked to this network',
  });
}
