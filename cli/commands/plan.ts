import { Command } from 'commander';

import { loadTopology, readInput } from '../../stacks/files.js';
import {
  InputError,
  manifestChanges,
  manifestOf,
  parseManifest,
  type Manifest,
} from '../../topology/index.js';
import { changeLines } from '../change-lines.js';
import { colors, print } from '../output.js';
import { planTable } from '../plan-table.js';
import { topologyFile } from '../topology-file.js';

interface PlanFlags {
  readonly json?: boolean;
  readonly against?: string;
}

export function planCommand(): Command {
  return new Command('plan')
    .description(
      'Show what a topology comes to: runtimes, routes, warnings, and what is new against its lock.',
    )
    .argument('[topology]', 'file; default: $TOPOLOGY or topology.yaml')
    .option(
      '--against <manifest>',
      'the manifest that is deployed: show what runs from another image or binary',
    )
    .option('--json', 'print plan, manifest and changes as JSON')
    .action(async (argument: string | undefined, { json, against }: PlanFlags) => {
      const loaded = await loadTopology(topologyFile(argument));
      const { plan, changes } = loaded;
      const manifest = manifestOf(plan);
      const upgrade =
        against === undefined ? undefined : manifestChanges(await deployed(against, plan.name), manifest);
      if (json) {
        print(JSON.stringify({ plan, manifest, changes, ...(upgrade && { upgrade }) }, null, 2));
        return;
      }
      print(planTable(plan));
      for (const change of changes) print(`${colors.cyan('change')} ${change}`);
      if (changes.length > 0)
        print(`"copilot-runtimes lock ${loaded.file}" takes them up in ${loaded.lockFile}`);
      if (!upgrade) return;
      for (const line of changeLines(upgrade, plan.platform)) print(`${colors.cyan('upgrade')} ${line}`);
      if (upgrade.length === 0) print(`the images and binaries are those of ${against}`);
    });
}

/** @throws {InputError} when it is the manifest of another topology */
async function deployed(file: string, name: string): Promise<Manifest> {
  const manifest = parseManifest(await readInput(file), file);
  if (manifest.name === name) return manifest;
  throw new InputError(file, [
    {
      path: ['name'],
      message: `must be ${name}, as in the topology, got ${manifest.name}: name the manifest of this topology`,
    },
  ]);
}
