import { Findings } from '../../diagnosis/index.js';
import { API_VERSIONS } from '../api-versions.js';

import type { PreflightCheck } from './context.js';

/** Are the resource groups there? The stacks make none. */
export const checkResourceGroups: PreflightCheck = async ({ arm, azure }) => {
  const findings = new Findings('resource groups');
  const places = new Map(
    Object.values(azure.places).map((place) => [`${place.subscriptionId}/${place.resourceGroup}`, place]),
  );
  await Promise.all(
    [...places.values()].map(async ({ subscriptionId, resourceGroup, location }) => {
      const found = await arm.find(`/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}`, {
        apiVersion: API_VERSIONS.resources,
      });
      if (found) return;
      findings.problem(
        `there is no resource group ${resourceGroup} in subscription ${subscriptionId}: run "az group create --name ${resourceGroup} --location ${location} --subscription ${subscriptionId}", or correct its name`,
      );
    }),
  );
  return findings.list;
};
