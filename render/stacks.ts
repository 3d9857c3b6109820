import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

import { App } from 'cdktf';

import { PropsError } from '../constructs/common/validation.js';
import { skipStackTraces } from '../stacks/cdktf-speed.js';
import { buildStacks } from '../stacks/synth.js';
import { InputError, type Plan } from '../topology/index.js';

import type { Resources } from './objects.js';

export interface BuiltStack {
  readonly name: string;
  readonly resources: Resources;
}

/**
 * The stacks of a plan as Terraform would read them, without writing them.
 *
 * @throws {InputError} when a construct cannot use what the topology says
 */
export async function buildInMemory(plan: Plan): Promise<BuiltStack[]> {
  skipStackTraces();
  // cdktf makes its output directory as soon as there is an app.
  const outdir = await mkdtemp(path.join(os.tmpdir(), 'copilot-runtimes-render-'));
  try {
    return buildStacks(new App({ outdir }), plan).map((stack) => {
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
