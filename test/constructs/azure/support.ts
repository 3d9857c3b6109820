import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { AzurermProvider } from '@cdktf/provider-azurerm/lib/provider/index.js';
import { TerraformStack } from 'cdktf';
import { parse } from 'yaml';

import { RandomProvider } from '../../../constructs/common/ephemeral.js';
import { buildAzureStacks } from '../../../stacks/azure-stack.js';
import type { Plan } from '../../../topology/index.js';
import { newApp, synth, type Json, type TerraformJson } from '../kubernetes/support.js';

const SUBSCRIPTION = '00000000-0000-4000-8000-000000000000';
export const GROUP = `/subscriptions/${SUBSCRIPTION}/resourceGroups/copilot`;
export const SUBNET = `${GROUP}/providers/Microsoft.Network/virtualNetworks/v/subnets/a`;
export const VAULT = `${GROUP}/providers/Microsoft.KeyVault/vaults/acme`;
export const ZONE = `${GROUP}/providers/Microsoft.Network/privateDnsZones/copilot.internal`;
export const IDENTITY = `${GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/acme`;
export const WORKSPACE = `${GROUP}/providers/Microsoft.OperationalInsights/workspaces/logs`;

export const EXAMPLES = readdirSync('examples/azure')
  .filter((file) => file.endsWith('.yaml'))
  .map((file) => path.join('examples/azure', file));

export const example = (name: string): Json =>
  parse(readFileSync(`examples/azure/${name}.yaml`, 'utf8')) as Json;

/** Terraform JSON of every stack of a plan, by name. */
export function synthPlan(planned: Plan): Record<string, TerraformJson> {
  return Object.fromEntries(
    buildAzureStacks(newApp(), planned).map((stack) => [stack.node.id, synth(stack)]),
  );
}

/** Resources of one kind: `container_group` for `azurerm_container_group`. */
export function all(stack: TerraformJson, kind: string): Json[] {
  return Object.values(stack.resource?.[`azurerm_${kind}`] ?? {});
}

/** The one resource of a kind that matches; throws when there are more or none. */
export function only(
  stack: TerraformJson,
  kind: string,
  matches: (resource: Json) => boolean = () => true,
): Json {
  const found = all(stack, kind).filter(matches);
  if (found.length !== 1) throw new Error(`${found.length} of ${kind}`);
  return found[0];
}

/** Terraform JSON of what a test puts into a stack of its own. */
export function stackWith(build: (stack: TerraformStack) => void): TerraformJson {
  const stack = new TerraformStack(newApp(), 'test');
  new AzurermProvider(stack, 'azurerm', { features: [{}] });
  new RandomProvider(stack, 'random');
  build(stack);
  return synth(stack);
}
