import { spawn } from 'node:child_process';
import { appendFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { localFiles, type RuntimeId } from '../../../topology/index.js';
import { standInGitHubToken } from '../../../topology/stand-in.js';
import { DEDICATED, REPLICA, type Running, type Sabotage } from '../sabotage.js';

const tokenOf = ({ target, manifest }: Running, runtime: RuntimeId) =>
  target.secret(manifest.runtimes[runtime]!.connectionToken);

/** Writes what somebody had logged to find a mistake. */
const intoLog = (directory: string, text: string) =>
  appendFile(path.join(directory, localFiles(DEDICATED).log), `{"msg":"connecting with ${text}"}\n`);

export const secrets: readonly Sabotage[] = [
  {
    id: 'token-in-log',
    breaks: 'A connection token was logged.',
    caughtBy: 'token-not-written',
    afterUp: async (running) => intoLog(running.directory, await tokenOf(running, DEDICATED)),
  },
  {
    id: 'token-of-another-in-log',
    breaks: 'The connection token of one runtime was logged by another.',
    caughtBy: 'token-not-written',
    afterUp: async (running) => intoLog(running.directory, await tokenOf(running, REPLICA)),
  },
  {
    id: 'user-token-in-log',
    breaks: 'The GitHub token that a user brought was logged.',
    caughtBy: 'token-not-written',
    afterUp: ({ directory }) => intoLog(directory, standInGitHubToken('alice')),
  },
  {
    id: 'token-in-home',
    breaks: 'A connection token was written into a file of the home, which is backed up and copied.',
    caughtBy: 'token-not-written',
    async afterUp(running) {
      const file = path.join(running.directory, localFiles(DEDICATED).home, '.env');
      await writeFile(file, `TOKEN=${await tokenOf(running, DEDICATED)}\n`, { mode: 0o600 });
    },
  },
  {
    id: 'token-in-arguments',
    breaks:
      'A connection token stands in the arguments of a process, where every user of the machine can read it.',
    caughtBy: 'token-not-written',
    async afterUp(running) {
      const args = ['-c', 'read _', 'sh', `--token=${await tokenOf(running, DEDICATED)}`];
      // Waits for its standard input, which ends with this process at the latest.
      const process = spawn('sh', args, { stdio: ['pipe', 'ignore', 'ignore'] });
      running.afterwards(() => process.kill('SIGKILL'));
    },
  },
];
