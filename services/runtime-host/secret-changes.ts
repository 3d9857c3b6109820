import { watchDirectory } from '../common/watch-directory.js';
import type { Health } from './health.js';
import type { Log } from './log.js';
import { readSecrets, type Secrets } from './secrets.js';

/**
 * What becomes of the secrets of a runtime that has been started with some. Those that cannot be used are logged once, show
 * in the status, and change nothing, nor does a GitHub token that vanishes: it must not take the identity from a runtime that has one.
 */
export class SecretChanges {
  constructor(
    private known: Secrets,
    private readonly health: Pick<Health, 'restartObstacle'>,
    private readonly log: Log,
    /** Told the secrets, each time they are others that can be used. */
    private readonly onChange: (secrets: Secrets) => void,
  ) {}

  /** Secrets as they are now. */
  found(read: Secrets): void {
    if (this.known.githubToken !== undefined && read.githubToken === undefined) {
      return this.refuse(
        'the GitHub token is gone: write it again, or take it out of the topology and deploy',
      );
    }
    this.health.restartObstacle = undefined;
    const { connectionToken, githubToken } = this.known;
    if (read.connectionToken === connectionToken && read.githubToken === githubToken) return;
    this.known = read;
    this.onChange(read);
  }

  /** They cannot be read, or not be used. @param reason never with a value in it */
  refuse(reason: string): void {
    if (reason !== this.health.restartObstacle) {
      this.log.warn({ reason }, 'the secrets cannot be used: those in force stay');
    }
    this.health.restartObstacle = reason;
  }
}

/** Follows secrets in files. */
export function followFiles(directory: string, changes: SecretChanges): void {
  watchDirectory(directory, () => {
    const mistakes: string[] = [];
    const read = readSecrets(directory, mistakes);
    if (mistakes.length > 0) changes.refuse(mistakes.join('; '));
    else changes.found(read);
  });
}
