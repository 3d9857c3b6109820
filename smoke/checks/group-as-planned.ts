import type { Group } from '../../azure/group.js';
import { GATEWAY_NAME, IMAGE, type GroupExpectation } from '../../topology/index.js';
import { CheckFailure } from '../check-failure.js';
import type { Check } from '../model.js';
import { containersOf, sameId } from '../targets/azure/group.js';

import { groupOwner } from './group.js';

export const groupAsPlanned: Check = {
  id: 'group-as-planned',
  why: 'No container group has a public address, and each has the planned image, program, subnet and identity, and starts again whatever ends.',
  scope: ['runtime', 'gateway'],
  targets: ['azure'],
  evenUnreachable: true,
  maySkipOn: [],
  async run(bench, { from }) {
    const who = groupOwner(from);
    const program = who === GATEWAY_NAME ? IMAGE.gateway : IMAGE.runtimeHost;
    const wrong = deviations(await bench.azure.group(who), bench.azure.expected(who), program);
    if (wrong.length === 0) return undefined;
    throw new CheckFailure({
      expected: `the container group of ${who} to be as planned`,
      seen: wrong.join('; '),
      advice: 'deploy the topology again, and see in the activity log of the resource group who changed it',
    });
  },
};

function deviations(group: Group, planned: GroupExpectation, program: string): string[] {
  const { ipAddress, subnetIds = [], restartPolicy, imageRegistryCredentials = [] } = group.properties;
  const containers = containersOf(group);
  const images = containers.map(({ properties }) => properties.image);
  const subnets = subnetIds.map(({ id }) => id);
  const commands = group.properties.containers.map(({ properties }) => properties.command ?? []);
  const identities = Object.keys(group.identity?.userAssignedIdentities ?? {});
  const pulling = imageRegistryCredentials.map(({ identity }) => identity);
  const foreign = identities.filter((id) => ![planned.identity, ...pulling].some((own) => sameId(id, own)));
  const rules: readonly (readonly [boolean, string])[] = [
    [ipAddress?.type !== 'Public', `it has the public address ${ipAddress?.ip ?? ''}`],
    [ipAddress?.dnsNameLabel === undefined, `it has the public name ${ipAddress?.dnsNameLabel}`],
    [
      subnets.length === 1 && sameId(subnets[0], planned.subnet),
      `it is in ${subnets.join(', ') || 'no subnet'}`,
    ],
    [
      images.every((image) => image === planned.image),
      `its image is ${images.join(', ')}, planned is ${planned.image}`,
    ],
    [
      commands.length === 1 && commands.every((command) => command.includes(program)),
      `it runs ${commands.map((command) => command.join(' ')).join(' and ')}`,
    ],
    [identities.some((id) => sameId(id, planned.identity)), 'it does not have its identity'],
    [foreign.length === 0, `it has the identity ${foreign.join(', ')} too`],
    [restartPolicy === 'Always', `its restart policy is ${restartPolicy ?? 'not set'}`],
    [
      !containers.some(({ properties }) => properties.securityContext?.privileged),
      'a container of it is privileged',
    ],
  ];
  return rules.flatMap(([holds, deviation]) => (holds ? [] : [deviation]));
}
