import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { describe } from '@jest/globals';

import { command } from '../../cluster/node/command.js';
import type { Overrides } from '../../support/topology.js';
import type { Applied } from '../deployer/deployer.js';
import type { AzureStandIn } from '../stand-in/index.js';

import { stacksOf, synthesise } from './deployment.js';

export const PROVIDER = { azurerm: { source: 'hashicorp/azurerm', version: '4.55.0' } };

/** Runs Terraform with the stand-in as its Azure. */
export function terraform(
  standIn: AzureStandIn | undefined,
  cwd: string,
  ...args: string[]
): Promise<string> {
  const env = { ...process.env, ...standIn?.providerEnv, CHECKPOINT_DISABLE: '1' };
  return command('terraform', [...args, '-no-color'], { cwd, env, timeoutMs: 600_000 });
}

/** Why Terraform or the provider cannot be had here; undefined when they can. */
async function whyNoProvider(): Promise<string | undefined> {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'copilot-runtimes-terraform-'));
  try {
    writeConfiguration(directory, {});
    await terraform(undefined, directory, 'init', '-input=false');
    return undefined;
  } catch (error) {
    return `terraform init finds no azurerm ${PROVIDER.azurerm.version}: ${(error as Error).message.split('\n')[0]}`;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const why = await whyNoProvider();

/** Describes tests with the real provider: skipped where it cannot be had, with the reason in the name. */
export function describeWithProvider(name: string, tests: () => void): void {
  const run = why === undefined ? describe : describe.skip;
  run(why === undefined ? name : `${name} (skipped: ${why})`, tests);
}

/** Writes a configuration with the provider as the kit sets it up. */
export function writeConfiguration(directory: string, configuration: object): void {
  const provider = {
    azurerm: [
      {
        features: [{ storage: [{ data_plane_available: false }] }],
        resource_provider_registrations: 'none',
      },
    ],
  };
  const all = { terraform: { required_providers: PROVIDER }, provider, ...configuration };
  writeFileSync(path.join(directory, 'main.tf.json'), JSON.stringify(all));
}

interface PlannedChange {
  readonly address: string;
  readonly mode: string;
  readonly change: { readonly actions: readonly string[] };
}

/** A topology's deployment in the stand-in, made by Terraform with the real provider. */
export class TerraformDeployment {
  readonly #initialised = new Set<string>();

  constructor(
    readonly standIn: AzureStandIn,
    readonly directory: string,
  ) {}

  /** Deploys a topology, or what has changed of it. */
  async apply(topology: Overrides): Promise<Applied> {
    await synthesise(this.directory, topology);
    const changes: PlannedChange[] = [];
    for (const stack of stacksOf(this.directory)) changes.push(...(await this.#apply(stack)));
    const doing = (...actions: string[]) =>
      changes.filter(({ change }) => change.actions.join() === actions.join()).map(({ address }) => address);
    return {
      created: doing('create'),
      updated: doing('update'),
      replaced: [...doing('delete', 'create'), ...doing('create', 'delete')],
      destroyed: doing('delete'),
    };
  }

  async destroy(): Promise<void> {
    for (const stack of stacksOf(this.directory).reverse())
      await terraform(this.standIn, stack, 'destroy', '-auto-approve', '-input=false');
  }

  async #apply(stack: string): Promise<readonly PlannedChange[]> {
    if (!this.#initialised.has(stack)) await terraform(this.standIn, stack, 'init', '-input=false');
    this.#initialised.add(stack);
    await terraform(this.standIn, stack, 'plan', '-input=false', '-out=plan.bin');
    const shown = await terraform(this.standIn, stack, 'show', '-json', 'plan.bin');
    const { resource_changes: changes = [] } = JSON.parse(shown) as { resource_changes?: PlannedChange[] };
    const real = changes.filter(
      ({ mode, change }) => mode === 'managed' && !['no-op', 'read'].includes(change.actions.join()),
    );
    if (real.length > 0) await terraform(this.standIn, stack, 'apply', '-input=false', 'plan.bin');
    return real;
  }
}
