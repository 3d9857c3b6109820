import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

import { command } from '../node/command.js';

import { cli, removeDirectory, writeTopology, type Deployer, type TopologyInput } from './deployer.js';
import type { Environment } from './environment.js';

/** By `terraform`, as `cdktf deploy` does it: plan, check the plan, apply exactly that plan. */
export class TerraformDeployer implements Deployer {
  readonly kind = 'terraform';
  #name = '';
  #initialised = new Set<string>();

  constructor(
    readonly directory: string,
    readonly environment: Environment,
  ) {}

  manifest(): string {
    return path.join(this.directory, 'cdktf.out', `${this.#name}.manifest.json`);
  }

  async deploy(topology: TopologyInput): Promise<boolean> {
    this.#name = topology.name;
    const file = await writeTopology(this.directory, topology, this.environment);
    const outdir = path.join(this.directory, 'cdktf.out');
    await command(process.execPath, ['dist/stacks/main.js'], {
      env: { ...process.env, CI: '', TOPOLOGY: file, CDKTF_OUTDIR: outdir },
    });
    let changed = false;
    for (const stack of await this.#stacks()) changed = (await this.#apply(stack, file)) || changed;
    return changed;
  }

  async destroy(): Promise<void> {
    for (const stack of (await this.#stacks()).reverse()) {
      await this.#terraform(stack, ['destroy', '-auto-approve', '-input=false', '-no-color']);
    }
    await removeDirectory(this.directory);
  }

  async #apply(stack: string, topology: string): Promise<boolean> {
    if (!this.#initialised.has(stack)) {
      await this.#terraform(stack, ['init', '-input=false', '-no-color']);
      this.#initialised.add(stack);
    }
    const plan = path.join(stack, 'plan.bin');
    const printed = await this.#terraform(stack, ['plan', '-input=false', '-no-color', `-out=${plan}`]);
    if (/No changes\./.test(printed)) return false;
    const json = path.join(stack, 'plan.json');
    await writeFile(json, await this.#terraform(stack, ['show', '-json', plan]));
    await cli(['check-plan', json, '--topology', topology]);
    await this.#terraform(stack, ['apply', '-input=false', '-no-color', plan]);
    return true;
  }

  /** The base first: what the cells need stands in it. */
  async #stacks(): Promise<string[]> {
    const root = path.join(this.directory, 'cdktf.out/stacks');
    const names = await readdir(root).catch(() => []);
    const base = (name: string) => Number(!name.endsWith('-base'));
    return names.sort((a, b) => base(a) - base(b) || (a < b ? -1 : 1)).map((name) => path.join(root, name));
  }

  async #terraform(stack: string, args: readonly string[]): Promise<string> {
    await mkdir(path.join(this.directory, 'terraform-state'), { recursive: true });
    return command('terraform', args, { cwd: stack, timeoutMs: 600_000 });
  }
}

/** Whether `terraform init` can have the providers of the stacks, from a registry or a mirror. */
export async function terraformHasProviders(): Promise<boolean> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'copilot-runtimes-terraform-'));
  try {
    const required_providers = {
      kubernetes: { source: 'hashicorp/kubernetes', version: '~> 2.38' },
      random: { source: 'hashicorp/random', version: '~> 3.7' },
    };
    await writeFile(
      path.join(directory, 'main.tf.json'),
      JSON.stringify({ terraform: { required_providers } }),
    );
    await command('terraform', ['init', '-input=false', '-no-color'], { cwd: directory, timeoutMs: 60_000 });
    return true;
  } catch {
    return false;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
