import { watchDirectory } from '../common/watch-directory.js';
import type { Log } from './log.js';
import { readSecrets, type Secrets } from './secrets.js';

/**
 * Follows the secret files of a runtime that has been started with `current`. What cannot be used is logged once and
 * changes nothing, nor does a GitHub token that vanishes: it must not take the identity from a runtime that has one.
 *
 * @param onChange told the secrets, each time they are others that can be used
 */
export function followSecrets(
  directory: string,
  current: Secrets,
  log: Log,
  onChange: (secrets: Secrets) => void,
): void {
  let known = current;
  let complaint = '';
  const warn = (reason: string) => {
    if (reason !== complaint) log.warn({ reason }, 'the secrets cannot be used: those in force stay');
    complaint = reason;
  };
  watchDirectory(directory, () => {
    const mistakes: string[] = [];
    const read = readSecrets(directory, mistakes);
    if (mistakes.length > 0) return warn(mistakes.join('; '));
    if (known.githubToken !== undefined && read.githubToken === undefined) {
      return warn('the GitHub token is gone: write it again, or take it out of the topology and deploy');
    }
    complaint = '';
    if (read.connectionToken === known.connectionToken && read.githubToken === known.githubToken) return;
    known = read;
    onChange(read);
  });
}
