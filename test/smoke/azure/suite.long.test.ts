import { afterAll, beforeAll, expect, it } from '@jest/globals';

import { selectChecks } from '../../../smoke/index.js';
import { describeWithRunner } from '../../azure/support/runner.js';

import { RunningDeployment } from './in-network.js';
import { AZURE_SABOTAGES } from './sabotages.js';

/** What has no meaning there, and says so. */
const SKIPPED = ['identity-not-inherited', 'identity-per-session', 'idle-session-ends', 'state-private'];

/** Runs the whole suite for each sabotage, as when the matrix of docs/sabotage.md was seen; it takes ten minutes. */
const IN_FULL = process.env.SABOTAGE_IN_FULL === '1';
/** Otherwise those that look at container groups, since all others are tried on local runtimes with each change. */
const OF_AZURE = selectChecks(undefined, 'azure').flatMap(({ id, targets }) => (targets ? [id] : []));

describeWithRunner('the smoke suite in the network of container groups', () => {
  let running: RunningDeployment;

  beforeAll(async () => {
    running = await RunningDeployment.start();
  }, 120_000);

  afterAll(() => running.stop(), 60_000);

  it('finds nothing where nothing is broken, and says what it cannot prove', async () => {
    const results = await running.suite();
    expect(results.filter(({ verdict }) => verdict === 'failed')).toEqual([]);
    expect(results.filter(({ verdict }) => verdict === 'passed').length).toBeGreaterThan(100);
    const skipped = results.filter(({ verdict }) => verdict === 'skipped').map(({ check }) => check);
    expect([...new Set(skipped)].sort()).toEqual([...SKIPPED].sort());
  }, 240_000);

  it.each(AZURE_SABOTAGES.filter(({ runs = true }) => runs))(
    'notices $id with its check, and with no others than said',
    async ({ caughtBy, also = [], disruptive = false, break: breakIt }) => {
      const expected = [caughtBy, ...also].sort();
      const mend = await breakIt(running.deployment.breaking);
      try {
        const results = await running.suite(
          ...(disruptive ? [] : ['--undisturbed']),
          ...(IN_FULL ? [] : ['--only', [...new Set([...OF_AZURE, ...expected])].join(',')]),
        );
        const failed = results.filter(({ verdict }) => verdict === 'failed');
        expect(failed.filter(({ check }) => !expected.includes(check))).toEqual([]);
        expect([...new Set(failed.map(({ check }) => check))].sort()).toEqual(expected);
      } finally {
        await mend();
        await running.deployment.ready();
      }
    },
    300_000,
  );
});
