import { defineTool } from '@github/copilot-sdk';

import { CheckFailure } from '../check-failure.js';
import type { Check } from '../model.js';

import { needsStandIn } from './model-without-host.js';

export const toolOfAnother: Check = {
  id: 'tool-of-another',
  why: 'A tool that one session brought cannot be called from another session of the same runtime.',
  scope: ['runtime', 'tenant'],
  maySkipOn: [],
  inapplicable: needsStandIn,
  async run(bench, { from }) {
    let calls = 0;
    const tool = defineTool('smoke_lookup', {
      description: 'Looks something up.',
      parameters: { type: 'object', properties: {} },
      skipPermission: true,
      handler: () => `call ${++calls}`,
    });
    const owner = await bench.session(from, { tools: [tool] });
    const other = await bench.session(from);
    const ask = { call: { tool: 'smoke_lookup', arguments: {} } };

    // The control: the tool works where it belongs, so that "does not exist" elsewhere means something.
    const own = await bench.ask(owner, ask);
    if (!own.includes('call 1')) {
      throw new CheckFailure({
        expected: 'the session that brought the tool to be able to call it',
        seen: own.slice(0, 120),
        advice: 'see that availableTools allows custom:*',
      });
    }
    const foreign = await bench.ask(other, ask);
    if (calls === 1 && foreign.includes('does not exist')) return undefined;
    throw new CheckFailure({
      expected: 'another session not to know the tool',
      seen: calls > 1 ? 'its handler ran for the other session' : foreign.slice(0, 120),
      advice: 'register tools on the session that needs them, never on all',
    });
  },
};
