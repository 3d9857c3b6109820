import { Findings, type Finding } from '../../diagnosis/index.js';
import { tagName, TOPOLOGY_LABEL } from '../../topology/labels.js';
import type { Group } from '../group.js';
import { parseResourceId, same } from '../resource-id.js';

import { plannedGroups, type PreflightCheck, type PreflightContext } from './context.js';

/**
 * Groups that Azure kept although their creation failed, and groups of ours that nobody plans: Terraform knows neither
 * and the first make its next apply fail.
 */
export const checkLeftovers: PreflightCheck = (context) => {
  const planned = plannedGroups(context);
  const findings = context.groups.flatMap((group): readonly Finding[] => {
    const ours = planned.some(([, { groupId }]) => same(groupId, group.id));
    if (ours) return group.properties.provisioningState === 'Failed' ? failed(group, context) : [];
    return isOfTopology(group, context.plan.name) && !isKnown(group, context) ? forgotten(group) : [];
  });
  return Promise.resolve(findings);
};

/** Suspended and retired runtimes lose their group by this very deploy; smoke groups go by themselves. */
function isKnown({ id }: Group, { azure }: PreflightContext): boolean {
  return Object.values(azure.runtimes).some(({ groupId }) => same(groupId, id));
}

const isOfTopology = ({ tags }: Group, name: string) => tags?.[tagName(TOPOLOGY_LABEL)] === name;

function failed({ id, name }: Group, { addressOf }: PreflightContext): readonly Finding[] {
  const findings = new Findings('leftovers');
  const place = addressOf(name);
  const take =
    place === undefined
      ? ''
      : `, or if Terraform says that it "already exists", take it over: terraform -chdir=${place.directory} import ${place.address} ${id}`;
  findings.problem(
    `container group ${name} is there although its creation failed, and Terraform may not know it: delete it ("${deletion(id)}")${take}`,
  );
  return findings.list;
}

function forgotten({ id, name }: Group): readonly Finding[] {
  const findings = new Findings('leftovers');
  findings.warning(
    `container group ${name} carries the tags of this topology, which does not plan it: when the deploy has not removed it, delete it ("${deletion(id)}")`,
  );
  return findings.list;
}

function deletion(id: string): string {
  const { name, resourceGroup, subscriptionId } = parseResourceId(id);
  return `az container delete --yes --name ${name} --resource-group ${resourceGroup} --subscription ${subscriptionId}`;
}
