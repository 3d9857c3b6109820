import { HOST_ENV } from '../../topology/index.js';
import { CheckFailure } from '../check-failure.js';
import type { Check } from '../model.js';

import { processVariable } from './inside.js';

export const rightRuntime: Check = {
  id: 'right-runtime',
  why: 'The name of a runtime leads to that runtime and not to another tenant’s.',
  scope: 'runtime',
  maySkipOn: [],
  async run(bench, { from }) {
    const seen = await processVariable(bench, from, HOST_ENV.runtime);
    if (seen === from) return undefined;
    throw new CheckFailure({
      expected: `the endpoint of ${from} to lead to ${from}`,
      seen: `it leads to ${seen || 'a runtime that does not say who it is'}`,
      advice: 'see where the name points: Service selector, DNS record or endpoint file',
    });
  },
};
