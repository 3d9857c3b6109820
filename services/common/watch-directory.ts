import { watch, type FSWatcher } from 'node:fs';

/** Events of one change come in bursts. */
const SETTLE_MS = 50;

/** Looked at without an event too: a directory that was not there gives none, nor do some network file systems. */
const RECHECK_MS = 15_000;

/**
 * Calls back after a change in a directory, and every {@link RECHECK_MS}. Directories, not files: a new file takes
 * the place of an old one, and Kubernetes swaps a link beside them.
 *
 * @returns stops watching
 */
export function watchDirectory(directory: string, onChange: () => void): () => void {
  let pending: NodeJS.Timeout | undefined;
  let watcher: FSWatcher | undefined;
  const changed = () => {
    pending ??= setTimeout(() => {
      pending = undefined;
      onChange();
    }, SETTLE_MS);
  };
  const begin = () => {
    try {
      watcher ??= watch(directory, { persistent: false }, changed).on('error', () => {
        watcher?.close();
        watcher = undefined;
      });
    } catch {
      // Not there yet: the next look tries again.
    }
  };
  begin();
  const recheck = setInterval(() => {
    begin();
    onChange();
  }, RECHECK_MS);
  recheck.unref();
  return () => {
    clearInterval(recheck);
    clearTimeout(pending);
    watcher?.close();
  };
}
