import { existsSync } from 'node:fs';

import { InvalidArgumentError } from 'commander';

import { FolderStore, type Placement } from '../backup/index.js';

import { UsageError } from './exit.js';

/** Reads one `--sessions`, and adds it to those before. */
export function sessionsFolder(text: string, known = new Map<string, string>()): Map<string, string> {
  const [, runtime, folder] = /^((?:tenant|pool)\/[a-z0-9-]+)=(.+)$/.exec(text) ?? [];
  if (runtime === undefined || folder === undefined) {
    throw new InvalidArgumentError('it must be a runtime and a folder, such as tenant/acme=./acme.');
  }
  return known.set(runtime, folder);
}

/** Folders that hold copies of volumes: nobody works there, so that no turn is under way. */
export function folderStores({ runtimes }: Placement, folders: ReadonlyMap<string, string>): FolderStore[] {
  const stranger = [...folders.keys()].find((runtime) => !runtimes.includes(runtime));
  const missing = runtimes.find((runtime) => !folders.has(runtime));
  if (stranger !== undefined || missing !== undefined) {
    throw new UsageError(
      `--sessions must name a folder for ${runtimes.join(' and ')}, got ${[...folders.keys()].join(', ')}: give it once for each`,
    );
  }
  return [...folders].map(([runtime, sessions]) => {
    if (!existsSync(sessions)) {
      throw new UsageError(
        `--sessions: folder ${sessions} does not exist: name one that has one for each session`,
      );
    }
    return new FolderStore({ runtime, sessions, isBusy: () => Promise.resolve(false) });
  });
}
