import { describe } from '@jest/globals';

import { describeNoticing } from './noticing.js';
import { FIRST_OF_EACH, SABOTAGES } from './sabotages/index.js';

describe('the smoke suite', () => {
  describeNoticing(SABOTAGES.filter((sabotage) => !FIRST_OF_EACH.includes(sabotage)));
});
