import { Findings, type Finding } from '../../diagnosis/index.js';
import type { AzurePlan } from '../../topology/index.js';
import { API_VERSIONS } from '../api-versions.js';
import type { Arm } from '../arm.js';
import { AzureError } from '../errors.js';

import { unique } from './context.js';

/** Which subscription answers. */
export interface Identity {
  readonly subscription: string;
  readonly name?: string;
  readonly tenant?: string;
}

interface Subscription {
  readonly displayName?: string;
  readonly tenantId?: string;
  readonly state?: string;
}

/** Does Azure know us, and does it show us every subscription of the plan? */
export async function reach(
  arm: Arm,
  { places }: AzurePlan,
): Promise<{
  readonly identity: Identity;
  readonly findings: readonly Finding[];
  readonly answers: boolean;
}> {
  const findings = new Findings('subscription');
  const ids = unique(Object.values(places).map(({ subscriptionId }) => subscriptionId));
  let identity: Identity = { subscription: places.base?.subscriptionId ?? ids[0] ?? '' };
  for (const id of ids) {
    try {
      const { displayName, tenantId, state } = await arm.get<Subscription>(`/subscriptions/${id}`, {
        apiVersion: API_VERSIONS.subscriptions,
      });
      if (id === identity.subscription) {
        identity = {
          ...identity,
          ...(displayName !== undefined && { name: displayName }),
          ...(tenantId !== undefined && { tenant: tenantId }),
        };
      }
      if (state !== undefined && state !== 'Enabled' && state !== 'Warned') {
        findings.problem(
          `subscription ${id} is ${state}, so that nothing can be created in it: enable it, or name another`,
        );
      }
    } catch (error) {
      if (!(error instanceof AzureError)) throw error;
      findings.problem(error.message);
      return { identity, findings: findings.list, answers: false };
    }
  }
  return { identity, findings: findings.list, answers: true };
}
