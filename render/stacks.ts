import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

import { App } from 'cdktf';

import { PropsError } from '../constructs/common/validation.js';
import { skipStackTraces } from '../stacks/cdktf-speed.js';
import { buildKubernetesStacks } from '../stacks/kubernetes-stack.js';
import { InputError, type Plan } from '../topology/index.js';

import type { Resources } from './objects.js';

export interface BuiltStack {
  readonly name: string;
  readonly resources: Resources;
}

/** How a topology of another platform is deployed. */
const OTHERWISE = {
  azure: 'deploy with "cdktf deploy"',
  local: 'start it with "copilot-runtimes up"',
} as const;

/**
 * The stacks of a plan as Terraform would read them, without writing them.
 *
 * @throws {InputError} for another platform than Kubernetes, and when a construct cannot use what the topology says
 */
export async function buildInMemory(plan: Plan): Promise<BuiltStack[]> {
  if (plan.platform !== 'kubernetes') {
    throw new InputError(plan.name, [
      {
        path: ['platform'],
        message: `is ${plan.platform}, and manifests are for Kubernetes: ${OTHERWISE[plan.platform]}`,
      },
    ]);
  }
  skipStackTraces();
  // cdktf makes its output directory as soon as there is an app.
  const outdir = await mkdtemp(path.join(os.tmpdir(), 'copilot-runtimes-render-'));
  try {
    return buildKubernetesStacks(new App({ outdir }), plan).map((stack) => {
      stack.prepareStack();
      stack.runAllValidations();
      const { resource = {} } = stack.toTerraform() as { resource?: Resources };
      return { name: stack.node.id, resources: resource };
    });
  } catch (error) {
    // What the props refuse stands in the topology.
    if (!(error instanceof PropsError)) throw error;
    throw new InputError(plan.name, [{ path: [], message: error.message }]);
  } finally {
    await rm(outdir, { recursive: true, force: true });
  }
}
