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
import { BASE_CELL } from '../topology/plan.js';

import { resolvePlainValuesQuickly } from './cdktf-resolve.js';
import { skipStackTraces } from './cdktf-speed.js';
import { KubernetesStack } from './kubernetes-stack.js';

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
  buildStacks(app, plan);
  app.synth();
  const file = path.join(outdir, deploymentManifestFile(plan.name));
  await writeFile(file, manifestText(manifestOf(plan)));
  return file;
}

/** One stack of what is shared, and one per cell. */
export function buildStacks(app: App, plan: Plan): KubernetesStack[] {
  if (plan.platform !== 'kubernetes') {
    throw new InputError(plan.name, [
      {
        path: ['platform'],
        message:
          plan.platform === 'local'
            ? 'is local, which needs no stacks: start it with "copilot-runtimes up"'
            : `is ${plan.platform}, for which there are no stacks yet: use kubernetes`,
      },
    ]);
  }
  return [BASE_CELL, ...plan.cells.map(({ id }) => id).filter((id) => id !== BASE_CELL)].map(
    (cell) => new KubernetesStack(app, plan, cell),
  );
}
