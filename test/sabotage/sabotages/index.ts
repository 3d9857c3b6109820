import type { Sabotage } from '../sabotage.js';

import { admission } from './admission.js';
import { cloud } from './cloud.js';
import { identities } from './identities.js';
import { idleness } from './idleness.js';
import { pool } from './pool.js';
import { reaching } from './reaching.js';
import { rotation } from './rotation.js';
import { secrets } from './secrets.js';
import { sessions } from './sessions.js';
import { state } from './state.js';
import { tools } from './tools.js';

/** Every sabotage, in the order of the checks that they are for. */
export const SABOTAGES: readonly Sabotage[] = [
  ...reaching,
  ...admission,
  ...rotation,
  ...sessions,
  ...pool,
  ...tools,
  ...identities,
  ...cloud,
  ...idleness,
  ...state,
  ...secrets,
];

/** The first one for each check: each guarantee is broken once where there is no time to break it in every way. */
export const FIRST_OF_EACH: readonly Sabotage[] = SABOTAGES.filter(
  ({ caughtBy }, at) => SABOTAGES.findIndex((other) => other.caughtBy === caughtBy) === at,
);
