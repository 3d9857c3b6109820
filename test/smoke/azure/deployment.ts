import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { GATEWAY_NAME, parseManifest, type Manifest } from '../../../topology/index.js';
import type { AzureStandIn, Vault } from '../../azure/stand-in/index.js';
import {
  azureTopology,
  Deployment as StackDeployment,
  manifestFile,
  VAULT,
} from '../../azure/support/deployment.js';
import type { Overrides } from '../../support/topology.js';

import { Breaking } from './breaking.js';

/** The smallest hybrid topology with another tenant beside the dedicated one. */
export const TOPOLOGY = azureTopology({
  pattern: 'hybrid',
  pool: { replicas: 1 },
  tenants: {
    acme: { placement: 'dedicated' },
    globex: { placement: 'dedicated' },
    docs: { placement: 'pool' },
  },
  azure: { network: { smokeSubnet: true } },
});

/** What the stacks of a topology have made in the stand-in. */
export class Deployment {
  private constructor(
    readonly standIn: AzureStandIn,
    readonly vault: Vault,
    readonly planned: Manifest,
    /** Its groups run, and have names in their network. */
    readonly runs: boolean,
  ) {}

  /** Nothing runs in its groups unless the stand-in has a runner. */
  static async create(standIn: AzureStandIn, topology: Overrides = TOPOLOGY): Promise<Deployment> {
    const vault = standIn.addVault(VAULT);
    const directory = path.join(standIn.folder, 'stacks');
    mkdirSync(directory);
    await new StackDeployment(standIn, directory).apply(topology);
    const manifest = parseManifest(readFileSync(manifestFile(directory), 'utf8'));
    const deployment = new Deployment(standIn, vault, manifest, standIn.groups.runner !== undefined);
    await deployment.ready();
    return deployment;
  }

  /** With addresses in place of names where nothing runs, for this machine does not know the zone. */
  get manifest(): Manifest {
    if (this.runs) return this.planned;
    const manifest = structuredClone(this.planned);
    const placed = { ...manifest.runtimes, ...(manifest.gateway && { [GATEWAY_NAME]: manifest.gateway }) };
    const breaking = new Breaking(this.standIn, this.vault, this.planned);
    for (const [who, { endpoint }] of Object.entries(placed)) {
      if (endpoint.kind === 'dns') endpoint.host = breaking.addressOf(who);
    }
    return manifest;
  }

  get breaking(): Breaking {
    return new Breaking(this.standIn, this.vault, this.manifest);
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
