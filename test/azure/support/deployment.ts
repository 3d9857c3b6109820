import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';

import { command } from '../../cluster/node/command.js';
import { writeTopology, type Overrides } from '../../support/topology.js';
import { StackDeployer, type Applied } from '../deployer/deployer.js';
import { GROUP_ID, RESOURCE_GROUP, SUBSCRIPTION, type AzureStandIn } from '../stand-in/index.js';

export const VAULT = 'acme';

/** A topology on Azure that needs nothing but a vault, as keys of its file. */
export function azureTopology({ azure, ...overrides }: Overrides & { readonly azure?: object }): Overrides {
  return {
    name: 'prod',
    platform: 'azure',
    runtime: {
      image: `registry.example.com/copilot-runtimes@sha256:${'0'.repeat(64)}`,
      integrationId: 'test',
    },
    storage: { retention: 'delete' },
    azure: {
      location: 'westeurope',
      subscriptionId: SUBSCRIPTION,
      resourceGroup: RESOURCE_GROUP,
      keyVaultId: `${GROUP_ID}/providers/Microsoft.KeyVault/vaults/${VAULT}`,
      network: {},
      ...azure,
    },
    ...overrides,
  };
}

/** Writes a topology's stacks, as `cdktf synth` does. @throws Error with what the kit says against it */
export async function synthesise(directory: string, topology: Overrides): Promise<void> {
  const file = writeTopology(directory, topology);
  await command(process.execPath, ['dist/stacks/main.js'], {
    env: { ...process.env, CI: '', TOPOLOGY: file, CDKTF_OUTDIR: path.join(directory, 'cdktf.out') },
  });
}

/** Folders of the stacks, the base first: what the cells need stands in it. */
export function stacksOf(directory: string): string[] {
  const root = path.join(directory, 'cdktf.out/stacks');
  const base = (name: string) => Number(!name.endsWith('-base'));
  const names = existsSync(root) ? readdirSync(root) : [];
  return names.sort((a, b) => base(a) - base(b) || (a < b ? -1 : 1)).map((name) => path.join(root, name));
}

export const manifestFile = (directory: string) => path.join(directory, 'cdktf.out/prod.manifest.json');

/** A topology's deployment in the stand-in, made by our own deployer. */
export class Deployment {
  readonly #deployers = new Map<string, StackDeployer>();

  constructor(
    readonly standIn: AzureStandIn,
    readonly directory: string,
  ) {}

  /** Deploys a topology, or what has changed of it. */
  async apply(topology: Overrides): Promise<Applied> {
    await synthesise(this.directory, topology);
    const all: Applied[] = [];
    for (const stack of stacksOf(this.directory)) {
      const deployer = this.#deployers.get(stack) ?? new StackDeployer(this.standIn);
      this.#deployers.set(stack, deployer);
      all.push(await deployer.apply(path.join(stack, 'cdk.tf.json')));
    }
    const together = (what: keyof Applied) => all.flatMap((one) => one[what]);
    return {
      created: together('created'),
      updated: together('updated'),
      replaced: together('replaced'),
      destroyed: together('destroyed'),
    };
  }

  async destroy(): Promise<void> {
    for (const deployer of [...this.#deployers.values()].reverse()) await deployer.destroy();
  }
}
