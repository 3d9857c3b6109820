import { Command } from 'commander';

import { loadTopology } from '../../stacks/files.js';
import { manifestOf } from '../../topology/index.js';
import { colors, print } from '../output.js';
import { planTable } from '../plan-table.js';
import { topologyFile } from '../topology-file.js';

export function planCommand(): Command {
  return new Command('plan')
    .description(
      'Show what a topology comes to: runtimes, routes, warnings, and what is new against its lock.',
    )
    .argument('[topology]', 'file; default: $TOPOLOGY or topology.yaml')
    .option('--json', 'print plan, manifest and changes as JSON')
    .action(async (argument: string | undefined, { json }: { json?: boolean }) => {
      const loaded = await loadTopology(topologyFile(argument));
      const { plan, changes } = loaded;
      if (json) {
        print(JSON.stringify({ plan, manifest: manifestOf(plan), changes }, null, 2));
        return;
      }
      print(planTable(plan));
      for (const change of changes) print(`${colors.cyan('change')} ${change}`);
      if (changes.length > 0)
        print(`"copilot-runtimes lock ${loaded.file}" takes them up in ${loaded.lockFile}`);
    });
}
