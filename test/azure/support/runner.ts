import { describe } from '@jest/globals';

import { LocalRunner, whyNotHere } from '../runner/index.js';
import type { AzureStandIn } from '../stand-in/index.js';

/** Describes tests that run container groups as processes: skipped where they cannot, with the reason in the name. */
export function describeWithRunner(name: string, tests: () => void): void {
  const why = whyNotHere();
  const run = why === undefined ? describe : describe.skip;
  run(why === undefined ? name : `${name} (skipped: ${why})`, tests);
}

export const startRunner = (standIn: AzureStandIn): Promise<LocalRunner> => LocalRunner.start(standIn);
