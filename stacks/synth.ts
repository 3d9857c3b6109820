import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { App } from 'cdktf';

import {
  deploymentManifestFile,
  InputError,
  manifestOf,
  manifestText,
  type Plan,
} from '../topology/index.js';

import { resolvePlainValuesQuickly } from './cdktf-resolve.js';
import { skipStackTraces } from './cdktf-speed.js';

/**
 * Writes the stacks of a plan as Terraform JSON, and the deployment manifest beside them.
 *
 * @returns file of the manifest
 */
export async function synthesize(plan: Plan, outdir: string): Promise<string> {
  skipStackTraces();
  resolvePlainValuesQuickly();
  // cdktf makes the last directory only.
  await mkdir(outdir, { recursive: true });
  const app = new App({ outdir, skipBackendValidation: false });
  await buildStacks(app, plan);
  app.synth();
  const file = path.join(outdir, deploymentManifestFile(plan.name));
  await writeFile(file, manifestText(manifestOf(plan)));
  return file;
}

/**
 * The stacks of a plan: one of what is shared, and one per cell.
 *
 * @throws {InputError} for a platform without stacks, or when its provider is not installed
 */
async function buildStacks(app: App, plan: Plan): Promise<void> {
  // One platform's constructs only: the other's provider need not be there.
  switch (plan.platform) {
    case 'kubernetes':
      (await import('./kubernetes-stack.js')).buildKubernetesStacks(app, plan);
      return;
    case 'azure':
      (await import('./azure-stack.js').catch(explainMissing)).buildAzureStacks(app, plan);
      return;
    case 'local':
      throw new InputError(plan.name, [
        {
          path: ['platform'],
          message: 'is local, which needs no stacks: start it with "copilot-runtimes up"',
        },
      ]);
  }
}

const AZURE_PROVIDER = '@cdktf/provider-azurerm';

function explainMissing(error: unknown): never {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code !== 'ERR_MODULE_NOT_FOUND' || !message.includes(AZURE_PROVIDER)) throw error;
  throw new InputError('topology', [
    {
      path: ['platform'],
      message: `is azure, which needs the package ${AZURE_PROVIDER}: npm install ${AZURE_PROVIDER}`,
    },
  ]);
}
