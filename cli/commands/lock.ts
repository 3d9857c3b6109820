import { Command } from 'commander';

import { loadTopology, updateLock } from '../../stacks/files.js';
import { print } from '../output.js';
import { topologyFile } from '../topology-file.js';

export function lockCommand(): Command {
  return new Command('lock')
    .description('Take up what is new in the lock beside a topology. Commit the lock with the topology.')
    .argument('[topology]', 'file; default: $TOPOLOGY or topology.yaml')
    .action(async (argument: string | undefined) => {
      const loaded = await loadTopology(topologyFile(argument));
      await updateLock(loaded);
      if (loaded.changes.length === 0) print(`${loaded.lockFile} is current`);
      else print(`${loaded.lockFile} written: ${loaded.changes.join('; ')}`);
    });
}
