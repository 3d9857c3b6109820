import type { Check } from '../model.js';

import { apartAsGroups } from './apart/groups.js';
import { apartAsPods } from './apart/pods.js';

export const networkApart: Check = {
  id: 'network-apart',
  why: 'From inside one runtime another cannot be reached: on Kubernetes the policies of both namespaces deny it and the CNI enforces them, on Azure the security groups of the subnets do.',
  scope: 'pair',
  targets: ['kubernetes', 'azure'],
  maySkipOn: [],
  run: (bench, { from, to }) =>
    bench.target.azure ? apartAsGroups(bench, from, to!) : apartAsPods(bench, from, to!),
};
