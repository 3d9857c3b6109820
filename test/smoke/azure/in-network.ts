import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import type { Report, Result } from '../../../smoke/index.js';
import { AzureStandIn } from '../../azure/stand-in/index.js';
import { startRunner } from '../../azure/support/runner.js';
import { runCli } from '../../support/cli.js';

import { Deployment } from './deployment.js';

/** A deployment whose groups run, and the suite in a group beside them. */
export class RunningDeployment {
  private constructor(
    readonly deployment: Deployment,
    readonly cwd: string,
  ) {}

  static async start(): Promise<RunningDeployment> {
    const standIn = await AzureStandIn.start();
    try {
      await startRunner(standIn);
      const deployment = await Deployment.create(standIn);
      const cwd = path.join(standIn.folder, 'work');
      mkdirSync(cwd);
      writeFileSync(path.join(cwd, 'manifest.json'), JSON.stringify(deployment.manifest));
      return new RunningDeployment(deployment, cwd);
    } catch (error) {
      await standIn.stop();
      throw error;
    }
  }

  stop(): Promise<void> {
    return this.deployment.standIn.stop();
  }

  /** Runs the suite by the command line. @throws Error when there is no report */
  async suite(...args: readonly string[]): Promise<readonly Result[]> {
    const { cwd, deployment } = this;
    const options = ['--manifest', 'manifest.json', '--in-network', '--report', 'reports', ...args];
    const { stderr } = await runCli(['smoke', ...options], { cwd, env: deployment.standIn.credentialEnv });
    if (stderr !== '') throw new Error(stderr);
    const report = readFileSync(path.join(cwd, 'reports/report.json'), 'utf8');
    return (JSON.parse(report) as Report).results;
  }
}
