import pLimit from 'p-limit';

import { Findings } from '../../diagnosis/index.js';
import type { AzureRuntimePlan } from '../../topology/index.js';
import { tagName, TOPOLOGY_LABEL } from '../../topology/labels.js';
import { API_VERSIONS } from '../api-versions.js';

import type { PreflightCheck } from './context.js';

interface Account {
  readonly tags?: Readonly<Record<string, string>>;
}

/** Are the names of the storage accounts free, which are the same for everybody, or ours already? */
export const checkStorage: PreflightCheck = async ({ arm, azure, plan }) => {
  const findings = new Findings('storage');
  const accounts = new Map(
    Object.values<AzureRuntimePlan>(azure.runtimes).map((runtime) => [runtime.storage.account, runtime]),
  );
  const limit = pLimit(8);
  const call = { apiVersion: API_VERSIONS.storage };
  await Promise.all(
    [...accounts].map(([name, { subscriptionId, storage }]) =>
      limit(async () => {
        const id = storage.id.replace(/\/fileServices\/.*$/, '');
        const found = await arm.find<Account>(id, call);
        if (found) {
          const owner = found.tags?.[tagName(TOPOLOGY_LABEL)];
          if (owner === plan.name) return;
          findings.problem(
            `storage account ${name} is there and belongs to ${owner === undefined ? 'somebody else' : `topology ${owner}`}: rename the topology, or use another resource group`,
          );
          return;
        }
        const { nameAvailable, message = '' } = await arm.post<{
          readonly nameAvailable?: boolean;
          readonly message?: string;
        }>(
          `/subscriptions/${subscriptionId}/providers/Microsoft.Storage/checkNameAvailability`,
          { name, type: 'Microsoft.Storage/storageAccounts' },
          call,
        );
        if (nameAvailable !== false) return;
        findings.problem(
          `storage account ${name} cannot be created (${message.replace(/\.$/, '')}): rename the topology, or use another resource group, since both are part of the name`,
        );
      }),
    ),
  );
  return findings.list;
};
