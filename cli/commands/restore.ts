import { Command } from 'commander';

import { restore } from '../../backup/index.js';
import { plural, print } from '../output.js';
import { tenantSessions, withStoreOptions, type StoreFlags } from '../session-stores.js';

interface RestoreFlags extends StoreFlags {
  readonly manifest: string;
  readonly tenant: string;
  readonly from: string;
}

export function restoreCommand(): Command {
  return withStoreOptions(
    new Command('restore')
      .description('Put the sessions of an archive where the tenant is now: on its runtime, or in the pool.')
      .requiredOption('--manifest <file>', 'deployment manifest, as "up" or "cdktf synth" wrote it')
      .requiredOption('--tenant <id>', 'whose sessions')
      .requiredOption('--from <file>', 'archive, as "backup" wrote it'),
  ).action(async (flags: RestoreFlags) => {
    const { tenant, from: file } = flags;
    const { directory, prefix, stores, close } = await tenantSessions(flags.manifest, tenant, flags);
    try {
      const { sessions, present } = await restore({ file, tenant, prefix, stores, directory });
      const already = present > 0 ? `, ${present} were there already` : '';
      print(`${plural(sessions, 'session')} of ${tenant} restored${already}`);
    } finally {
      await close();
    }
  });
}
