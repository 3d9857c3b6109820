import Sequencer from '@jest/test-sequencer';

/** Files that take longest, the longest first: begun last, one of them would run alone in the end. */
const LONG = [
  'test/smoke/azure/suite.long.test.ts',
  'test/azure/life/smoke.long.test.ts',
  'test/judges/judges.long.test.ts',
  'test/sabotage/sabotage.long.test.ts',
  'test/sabotage/sabotage.test.ts',
  'test/cli/smoke.long.test.ts',
  'test/client/session-manager.test.ts',
  'test/services/gateway/replacement.test.ts',
  'test/smoke/cloud-routing.test.ts',
  'test/operations/moving.long.test.ts',
  'test/operations/runbook.long.test.ts',
  'test/local/rotation.test.ts',
];

const rank = ({ path }) => {
  const at = LONG.findIndex((file) => path.endsWith(`/${file}`));
  return at < 0 ? LONG.length : at;
};

/** Starts what is known to take long before all else, also where jest has measured nothing yet. */
export default class LongFirst extends Sequencer {
  sort(tests) {
    return [...super.sort(tests)].sort((one, other) => rank(one) - rank(other));
  }
}
