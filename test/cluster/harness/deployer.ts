import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

import { stringify } from 'yaml';

import { command } from '../node/command.js';

import type { Environment } from './environment.js';
import { ManifestDeployer } from './manifest-deployer.js';
import { TerraformDeployer, terraformHasProviders } from './terraform-deployer.js';

/** A topology file as an object, without what the environment decides. */
export type TopologyInput = Readonly<Record<string, unknown>> & { readonly name: string };

/** Deploys topologies as a platform engineer would: one directory with a topology and its lock, changed over time. */
export interface Deployer {
  readonly kind: 'terraform' | 'manifests';
  readonly directory: string;
  /** Deploys the topology as it is now. @returns whether the cluster had to change */
  deploy(topology: TopologyInput): Promise<boolean>;
  /** Where the manifest of the last deploy lies. */
  manifest(): string;
  /** Deletes what was deployed, and the directory. */
  destroy(): Promise<void>;
}

/** The deployer that this machine can have: Terraform, where `terraform init` finds the providers. */
export async function deployerFor(environment: Environment): Promise<Deployer> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'copilot-runtimes-cluster-'));
  return (await terraformHasProviders())
    ? new TerraformDeployer(directory, environment)
    : new ManifestDeployer(directory, environment);
}

/** Writes the topology file of a deployer's directory. */
export async function writeTopology(
  directory: string,
  topology: TopologyInput,
  { kubeconfig, image }: Environment,
): Promise<string> {
  const file = path.join(directory, 'topology.yaml');
  const runtime = {
    image,
    integrationId: 'cluster-test',
    // Several deployments stand on a node of two cores.
    resources: { cpu: '20m', memoryMiB: 192 },
    ...(topology.runtime as object | undefined),
  };
  const kubernetes = { provider: { kubeconfig }, ...(topology.kubernetes as object | undefined) };
  await writeFile(file, stringify({ platform: 'kubernetes', ...topology, runtime, kubernetes }));
  return file;
}

/** Runs the built CLI. */
export function cli(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
  return command(process.execPath, ['dist/cli/main.js', ...args], {
    env: { ...process.env, CI: '', ...env },
  });
}

export async function removeDirectory(directory: string): Promise<void> {
  await rm(directory, { recursive: true, force: true, maxRetries: 5 });
}
