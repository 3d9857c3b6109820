import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { afterAll } from '@jest/globals';

import { GATEWAY_NAME, parseManifest, type Manifest } from '../../../topology/index.js';
import { StackDeployer } from '../../azure/deployer/deployer.js';
import type { AzureStandIn, Vault } from '../../azure/stand-in/index.js';
import { azureTopology, manifestFile, stacksOf, synthesise, VAULT } from '../../azure/support/deployment.js';

import { Breaking } from './breaking.js';

/** The smallest hybrid topology with another tenant beside the dedicated one. */
const TOPOLOGY = azureTopology({
  pattern: 'hybrid',
  pool: { replicas: 1 },
  tenants: {
    acme: { placement: 'dedicated' },
    globex: { placement: 'dedicated' },
    docs: { placement: 'pool' },
  },
  azure: { network: { smokeSubnet: true } },
});

let directory: string | undefined;

afterAll(() => {
  if (directory !== undefined) rmSync(directory, { recursive: true, force: true });
});

/** The stacks of {@link TOPOLOGY}, written once for all tests of a file. */
async function synthesised(): Promise<string> {
  if (directory === undefined) {
    directory = mkdtempSync(path.join(os.tmpdir(), 'copilot-runtimes-stacks-'));
    await synthesise(directory, TOPOLOGY);
  }
  return directory;
}

/** What the stacks of {@link TOPOLOGY} have made in the stand-in. */
export class Deployment {
  private constructor(
    readonly standIn: AzureStandIn,
    readonly vault: Vault,
    readonly planned: Manifest,
    /** Its groups run, and have names in their network. */
    readonly runs: boolean,
  ) {}

  /** Nothing runs in its groups unless the stand-in has a runner. */
  static async create(standIn: AzureStandIn): Promise<Deployment> {
    const vault = standIn.addVault(VAULT);
    const stacks = await synthesised();
    for (const stack of stacksOf(stacks)) {
      await new StackDeployer(standIn).apply(path.join(stack, 'cdk.tf.json'));
    }
    const manifest = parseManifest(readFileSync(manifestFile(stacks), 'utf8'));
    const deployment = new Deployment(standIn, vault, manifest, standIn.groups.runner !== undefined);
    await deployment.ready();
    return deployment;
  }

  /** With addresses in place of names where nothing runs, for this machine does not know the zone. */
  get manifest(): Manifest {
    if (this.runs) return this.planned;
    const manifest = structuredClone(this.planned);
    const placed = { ...manifest.runtimes, ...(manifest.gateway && { [GATEWAY_NAME]: manifest.gateway }) };
    const breaking = new Breaking(this.standIn, this.vault, this.planned, this.runs);
    for (const [who, { endpoint }] of Object.entries(placed)) {
      if (endpoint.kind === 'dns') endpoint.host = breaking.addressOf(who);
    }
    return manifest;
  }

  get breaking(): Breaking {
    return new Breaking(this.standIn, this.vault, this.manifest, this.runs);
  }

  /** Waits until every group serves, and its name leads to it. */
  async ready(): Promise<void> {
    const { breaking } = this;
    const groups = [...Object.keys(this.planned.runtimes), ...(this.planned.gateway ? [GATEWAY_NAME] : [])];
    for (const who of groups) {
      if (this.runs) await breaking.ready(who);
      else breaking.lead(who, breaking.addressOf(who));
    }
  }
}
