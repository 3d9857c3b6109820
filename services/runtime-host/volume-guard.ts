import { statSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from './failure.js';
import { describeHomeError } from './home.js';
import { SESSIONS_FOLDER } from './session-folders.js';

/**
 * Remembers which volumes a home is on. Below one that is unmounted is an empty folder, in which a runtime would quietly
 * begin anew: nobody's sessions would be found, and new ones would be lost.
 *
 * @returns why the home is not what it was; undefined while it is
 */
export function guardVolumes(home: string): () => Promise<string | undefined> {
  const known = [home, join(home, SESSIONS_FOLDER)].flatMap((folder) => {
    const found = statSync(folder, { throwIfNoEntry: false });
    return found ? [{ folder, volume: found.dev }] : [];
  });
  return async () => {
    for (const { folder, volume } of known) {
      try {
        if ((await stat(folder)).dev === volume) continue;
      } catch (error) {
        // What the runtime itself could make again is not for us to judge.
        if (codeOf(error) === 'ENOENT' && folder !== home) continue;
        return describeHomeError(folder, error);
      }
      return `${folder} is no longer on its volume: mount it again; what is written now would be lost`;
    }
    return undefined;
  };
}
