import { Command, InvalidArgumentError } from 'commander';

import { backUp } from '../../local/index.js';
import { plural, print } from '../output.js';
import { BusySessions, tenantSessions } from '../tenant-sessions.js';

interface BackupFlags {
  readonly manifest: string;
  readonly tenant: string;
  readonly out: string;
  readonly wait: number;
}

export function backupCommand(): Command {
  return new Command('backup')
    .description('Write the sessions of one tenant of a local deployment into an archive, running or not.')
    .requiredOption('--manifest <file>', 'deployment manifest, as "up" wrote it')
    .requiredOption('--tenant <id>', 'whose sessions')
    .requiredOption('--out <file>', 'archive to write (tar, gzip); one that is there is replaced')
    .option('--wait <seconds>', 'how long turns that are under way are waited for', seconds, 30)
    .action(async ({ manifest: file, tenant, out, wait }: BackupFlags) => {
      const { manifest, target, places } = await tenantSessions(file, tenant);
      const busy = new BusySessions({ manifest, target });
      try {
        const { isBusy } = busy;
        const props = { topology: manifest.name, tenant, from: places, file: out, isBusy, waitSeconds: wait };
        const { sessions } = await backUp(props);
        const files = sessions.reduce((sum, session) => sum + session.files.length, 0);
        print(`${out}: ${plural(sessions.length, 'session')} of ${tenant} (${plural(files, 'file')})`);
        print('it holds prompts and answers in plain text: keep it as you keep the volume');
      } finally {
        await busy.close();
      }
    });
}

function seconds(text: string): number {
  if (/^\d{1,5}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('it must be a whole number of seconds, 0 or more.');
}
