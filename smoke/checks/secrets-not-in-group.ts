import type { Group } from '../../azure/group.js';
import { CheckFailure } from '../check-failure.js';
import type { Check } from '../model.js';
import { containersOf } from '../targets/azure/group.js';

import { groupOwner } from './group.js';
import { ownerOfSecretIn, secretValues } from './secret-values.js';
import { GITHUB_TOKEN } from './token-not-written.js';

export const secretsNotInGroup: Check = {
  id: 'secrets-not-in-group',
  why: 'No secret stands in the environment, the command or a tag of a container group, where every reader of the resource group finds it, nor in a secure variable, which lies in Terraform’s state.',
  scope: ['runtime', 'gateway'],
  targets: ['azure'],
  evenUnreachable: true,
  maySkipOn: [],
  async run(bench, { from }) {
    const who = groupOwner(from);
    const group = await bench.azure.group(who);
    const [secure] = variablesOf(group).filter(({ value }) => (value ?? undefined) === undefined);
    if (secure) throw failure(who, `variable ${secure.name} is a secure one`);
    const { id, tags, properties } = group;
    const text = JSON.stringify([id, tags, properties.containers, properties.initContainers]);
    const whose = ownerOfSecretIn(text, await secretValues(bench));
    if (whose !== undefined) throw failure(who, `${whose} stands in it`);
    if (GITHUB_TOKEN.test(text)) throw failure(who, 'a GitHub token stands in it');
    return undefined;
  },
};

const variablesOf = (group: Group) =>
  containersOf(group).flatMap(({ properties }) => properties.environmentVariables ?? []);

function failure(who: string, seen: string): CheckFailure {
  return new CheckFailure({
    expected: `no secret in the container group of ${who}, which reads them from the vault`,
    seen,
    advice: 'take it out, rotate it (raise its revision), and see who could read group and state',
  });
}
