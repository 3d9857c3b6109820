import { Findings } from '../../diagnosis/index.js';
import { API_VERSIONS } from '../api-versions.js';
import { same } from '../resource-id.js';

import { plannedGroups, unique, type PreflightCheck } from './context.js';

interface Link {
  readonly properties: { readonly virtualNetwork?: { readonly id?: string } };
}

/** The network that a subnet is part of. */
export const networkOf = (subnetId: string) => subnetId.replace(/\/subnets\/[^/]*$/, '');

/** Is the zone there, and is it linked to the networks whose groups look names up in it? */
export const checkZone: PreflightCheck = async (context) => {
  const { arm, azure } = context;
  const findings = new Findings('zone');
  // One that the stacks create is linked by them.
  if (azure.network) return findings.list;
  const { id, name } = azure.zone;
  const call = { apiVersion: API_VERSIONS.privateDns };
  if (!(await arm.find(id, call))) {
    findings.problem(`there is no private DNS zone ${id}: create it, or correct azure.privateDnsZoneId`);
    return findings.list;
  }
  const links = await arm.list<Link>(`${id}/virtualNetworkLinks`, call);
  const linked = links.map(({ properties }) => properties.virtualNetwork?.id ?? '');
  // The gateway finds its replicas by name, and the suite everybody.
  const asking = [azure.gateway?.subnetId, azure.smoke?.subnetId].filter((subnet) => subnet !== undefined);
  for (const network of unique(asking.map(networkOf))) {
    if (linked.some((one) => same(one, network))) continue;
    findings.problem(
      `${name} is not linked to ${network}, where names are looked up in it: run "az network private-dns link vnet create" for it`,
    );
  }
  if (linked.length === 0 && asking.length === 0 && plannedGroups(context).length > 0) {
    findings.warning(
      `${name} is linked to no network, so that nobody finds a runtime by its name: link those of its clients`,
    );
  }
  return findings.list;
};
