import type { Problem } from '../problems.js';
import type { Topology } from '../schema/index.js';

import { azureRules } from './azure/index.js';
import { cellRules } from './cells.js';
import { cloudRules } from './cloud.js';
import { environmentRules } from './environment.js';
import { gatewayRules } from './gateway.js';
import { namespaceRules } from './namespaces.js';
import { patternRules } from './pattern.js';
import { platformRules } from './platform.js';
import type { Rule } from './rule.js';
import { runtimeRules } from './runtime.js';
import { storageRules } from './storage.js';

const RULES: readonly Rule[] = [
  ...patternRules,
  ...storageRules,
  ...gatewayRules,
  ...cloudRules,
  ...runtimeRules,
  ...platformRules,
  ...azureRules,
  ...namespaceRules,
  ...environmentRules,
  ...cellRules,
];

/** Everything in a topology that contradicts something else in it. */
export function checkRules(topology: Topology): Problem[] {
  return RULES.flatMap((rule) => rule(topology));
}
