import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';

import { it } from '@jest/globals';

const INSTALLED = path.resolve('.cache/judges/bin/promtool');
const PROMTOOL = existsSync(INSTALLED) ? INSTALLED : 'promtool';
const present = spawnSync(PROMTOOL, ['--version']).status === 0;

/** Whether promtool is content. */
export function promtool(...args: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => {
    spawn(PROMTOOL, args, { stdio: 'ignore' }).once('close', (code) => resolve(code === 0));
  });
}

/** A test that needs promtool: without it, it is skipped and says why, since `npm test` needs nothing but Node. */
export function promtoolTest(title: string, test: () => Promise<void>): void {
  const why = present ? '' : ' (skipped: no promtool here, run test/judges/install.sh)';
  (present ? it : it.skip)(`${title}${why}`, test, 30_000);
}
