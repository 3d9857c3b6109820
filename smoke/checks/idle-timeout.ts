import { CheckFailure } from '../check-failure.js';
import type { Check } from '../model.js';

import { processArguments } from './inside.js';

const FLAG = '--session-idle-timeout';

export const idleTimeout: Check = {
  id: 'idle-timeout',
  why: 'The process has the idle timeout of the topology: without the flag a runtime never ends an idle session.',
  scope: 'runtime',
  maySkipOn: [],
  async run(bench, { from }) {
    const wanted = String(bench.runtime(from).expect.idleTimeoutSeconds);
    const args = await processArguments(bench, from);
    // All of them: a runtime goes by the last one.
    const seen = args.flatMap((arg, at) => (arg.startsWith(FLAG) ? [`${arg} ${args[at + 1] ?? ''}`] : []));
    if (seen.length === 1 && seen[0] === `${FLAG} ${wanted}`) return undefined;
    throw new CheckFailure({
      expected: `${FLAG} ${wanted} in the arguments of the process, and nothing that overrides it`,
      seen: seen.length === 0 ? 'no such flag' : seen.join(', then '),
      advice: 'deploy the planned arguments again',
    });
  },
};
