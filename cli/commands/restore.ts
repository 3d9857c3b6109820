import { Command } from 'commander';

import { restore } from '../../local/index.js';
import { plural, print } from '../output.js';
import { tenantSessions } from '../tenant-sessions.js';

interface RestoreFlags {
  readonly manifest: string;
  readonly tenant: string;
  readonly from: string;
}

export function restoreCommand(): Command {
  return new Command('restore')
    .description('Put the sessions of an archive where the tenant is now: on its runtime, or in the pool.')
    .requiredOption('--manifest <file>', 'deployment manifest, as "up" wrote it')
    .requiredOption('--tenant <id>', 'whose sessions')
    .requiredOption('--from <file>', 'archive, as "backup" wrote it')
    .action(async ({ manifest: file, tenant, from }: RestoreFlags) => {
      const { directory, places } = await tenantSessions(file, tenant);
      const { sessions, present } = await restore({ file: from, tenant, to: places, directory });
      const already = present > 0 ? `, ${present} were there already` : '';
      print(`${plural(sessions, 'session')} of ${tenant} restored${already}`);
    });
}
