import pLimit from 'p-limit';

import type { Observation } from '../diagnosis/index.js';

import { API_VERSIONS } from './api-versions.js';
import type { Arm } from './arm.js';
import type { Group } from './group.js';
import { observation } from './observation.js';
import { parseResourceId } from './resource-id.js';
import type { Subject } from './subjects.js';
import { withWords } from './words.js';

/** Groups that are looked at side by side. */
const PARALLEL = 8;

interface RecordSet {
  readonly name: string;
  readonly properties: { readonly aRecords?: readonly { readonly ipv4Address: string }[] };
}

/**
 * Looks at container groups: a call per zone, two per group, and one more for the words of each that runs without
 * being ready.
 *
 * @param options `usage`: sessions, memory and volume too, as each host has logged them last. @default false
 *
 * @throws {AzureError} when Azure does not answer, or does not allow it
 */
export async function observe(
  arm: Arm,
  subjects: readonly Subject[],
  { usage = false }: { readonly usage?: boolean } = {},
): Promise<Observation[]> {
  const limit = pLimit(PARALLEL);
  const records = await recordsOf(arm, subjects);
  return Promise.all(
    subjects.map((subject) =>
      limit(async () => {
        const [group, shareGiB] = await Promise.all([
          arm.find<Group>(subject.group.id, { apiVersion: API_VERSIONS.containerInstance }),
          shareOf(arm, subject),
        ]);
        const addresses = records.get(subject.group.record.toLowerCase()) ?? [];
        const now = Date.now();
        return withWords(arm, group, observation(subject, group, { addresses, shareGiB, now }), now, usage);
      }),
    ),
  );
}

/** Addresses by the id of their record, in lower case. */
async function recordsOf(arm: Arm, subjects: readonly Subject[]): Promise<Map<string, string[]>> {
  const zones = new Set(subjects.map(({ group: { record } }) => record.replace(/\/A\/[^/]*$/, '')));
  const lists = await Promise.all(
    [...zones].map(async (zone) => {
      const sets = await arm.list<RecordSet>(`${zone}/A`, { apiVersion: API_VERSIONS.privateDns });
      return sets.map(
        ({ name, properties: { aRecords = [] } }) =>
          [`${zone}/A/${name}`.toLowerCase(), aRecords.map(({ ipv4Address }) => ipv4Address)] as const,
      );
    }),
  );
  return new Map(lists.flat());
}

/** GiB of a share, which stands in the resource group of its group. */
async function shareOf(arm: Arm, { group: { id, share } }: Subject): Promise<number | undefined> {
  if (!share) return undefined;
  const { scope } = parseResourceId(id);
  const found = await arm.find<{ readonly properties: { readonly shareQuota?: number } }>(
    `${scope}/providers/Microsoft.Storage/storageAccounts/${share.account}/fileServices/default/shares/${share.name}`,
    { apiVersion: API_VERSIONS.storage },
  );
  return found && (found.properties.shareQuota ?? 0);
}
