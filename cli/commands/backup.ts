import { Command, InvalidArgumentError } from 'commander';

import { backUp } from '../../backup/index.js';
import { plural, print } from '../output.js';
import { tenantSessions, withStoreOptions, type StoreFlags } from '../session-stores.js';

interface BackupFlags extends StoreFlags {
  readonly manifest: string;
  readonly tenant: string;
  readonly out: string;
  readonly wait: number;
}

export function backupCommand(): Command {
  return withStoreOptions(
    new Command('backup')
      .description('Write the sessions of one tenant of a deployment into an archive, while it is in use.')
      .requiredOption('--manifest <file>', 'deployment manifest, as "up" or "cdktf synth" wrote it')
      .requiredOption('--tenant <id>', 'whose sessions')
      .requiredOption('--out <file>', 'archive to write (tar, gzip); one that is there is replaced')
      .option('--wait <seconds>', 'how long turns that are under way are waited for', seconds, 30),
  ).action(async (flags: BackupFlags) => {
    const { manifest: manifestFile, tenant, out: file, wait: waitSeconds } = flags;
    const { manifest, prefix, stores, close } = await tenantSessions(manifestFile, tenant, flags);
    try {
      const { sessions } = await backUp({
        topology: manifest.name,
        tenant,
        prefix,
        stores,
        file,
        waitSeconds,
      });
      const files = sessions.reduce((sum, session) => sum + session.files.length, 0);
      print(`${file}: ${plural(sessions.length, 'session')} of ${tenant} (${plural(files, 'file')})`);
      print('it holds prompts and answers in plain text: keep it as you keep the volume');
    } finally {
      await close();
    }
  });
}

function seconds(text: string): number {
  if (/^\d{1,5}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('it must be a whole number of seconds, 0 or more.');
}
