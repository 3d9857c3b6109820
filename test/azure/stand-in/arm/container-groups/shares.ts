import { chmodSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';

/** The files of all shares: a folder for each, on this machine's disk. */
export class FileShares {
  #deleted = 0;

  constructor(readonly root: string) {}

  /** The folder of a share; made when it is asked for. */
  folder(account: string, share: string): string {
    const folder = path.join(this.root, account, share);
    mkdirSync(folder, { recursive: true });
    // Azure Files knows no owners: whoever mounts it may do everything.
    chmodSync(folder, 0o777);
    return folder;
  }

  /** @param keep Whether it can be got back, as soft delete allows */
  remove(account: string, share: string, keep: boolean): void {
    const folder = this.folder(account, share);
    if (!keep) {
      rmSync(folder, { recursive: true, force: true });
      return;
    }
    const bin = path.join(this.root, '.deleted');
    mkdirSync(bin, { recursive: true });
    renameSync(folder, path.join(bin, `${account}-${share}-${(this.#deleted += 1)}`));
  }
}
