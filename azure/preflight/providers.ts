import { Findings } from '../../diagnosis/index.js';
import { regionName } from '../../topology/azure/limits.js';
import { API_VERSIONS } from '../api-versions.js';

import { unique, type PreflightCheck } from './context.js';

/** Services that the stacks use. Terraform is told to register none: it would need rights on the subscription. */
const PROVIDERS = [
  'Microsoft.ContainerInstance',
  'Microsoft.KeyVault',
  'Microsoft.ManagedIdentity',
  'Microsoft.Network',
  'Microsoft.Storage',
] as const;

interface Provider {
  readonly registrationState?: string;
  readonly resourceTypes?: readonly {
    readonly resourceType: string;
    readonly locations?: readonly string[];
  }[];
}

/** Are the services registered, and are there container groups in the regions? */
export const checkProviders: PreflightCheck = async ({ arm, azure }) => {
  const findings = new Findings('providers');
  const places = Object.values(azure.places);
  for (const subscription of unique(places.map(({ subscriptionId }) => subscriptionId))) {
    const all = await Promise.all(
      PROVIDERS.map((namespace) =>
        arm.get<Provider>(`/subscriptions/${subscription}/providers/${namespace}`, {
          apiVersion: API_VERSIONS.subscriptions,
        }),
      ),
    );
    all.forEach(({ registrationState = 'NotRegistered' }, index) => {
      if (registrationState === 'Registered') return;
      findings.problem(
        `${PROVIDERS[index]} is ${registrationState} in subscription ${subscription}: run "az provider register --namespace ${PROVIDERS[index]} --subscription ${subscription}"`,
      );
    });
    const offered = all[0]?.resourceTypes?.find(({ resourceType }) => resourceType === 'containerGroups');
    const known = (offered?.locations ?? []).map(regionName);
    const asked = places.filter(({ subscriptionId }) => subscriptionId === subscription);
    for (const location of unique(asked.map((place) => regionName(place.location)))) {
      if (known.length === 0 || known.includes(location)) continue;
      findings.problem(
        `${location} has no Container Instances for subscription ${subscription}: use a location that has, such as ${known.slice(0, 3).join(', ')}`,
      );
    }
  }
  return findings.list;
};
