import { readFile } from 'node:fs/promises';
import path from 'node:path';

import type { Report } from '../../../smoke/model.js';

import { cli, type Deployer } from './deployer.js';

/** Runs the smoke suite against what was deployed. @returns what failed, in words, and how much passed */
export async function smoke(deployer: Deployer): Promise<{ failed: string[]; passed: number }> {
  const reports = path.join(deployer.directory, 'reports');
  // Its exit code says no more than the report does.
  await cli(['smoke', '--manifest', deployer.manifest(), '--report', reports]).catch(() => '');
  const { results, counts } = JSON.parse(await readFile(path.join(reports, 'report.json'), 'utf8')) as Report;
  const failed = results
    .filter(({ verdict }) => verdict === 'failed')
    .map(({ check, from, to, seen }) => `${check} ${from}${to === undefined ? '' : ` → ${to}`}: ${seen}`);
  return { failed, passed: counts.passed };
}
