import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

import { afterTest, temporaryDirectory } from './cleanup.js';

const run = (...[command, ...args]: [string, ...string[]]) => execFileSync(command, args, { stdio: 'pipe' });

/** Whether this user may mount: root on Linux, or in a privileged container. */
export const mayMount = (() => {
  try {
    run('unshare', '--mount', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt');
    return true;
  } catch {
    return false;
  }
})();

const mountsAt = (folder: string) =>
  readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .filter((line) => line.split(' ')[1] === folder).length;

/** A small volume in the place of an empty folder, as a platform mounts one; gone after the test. */
export class Volume {
  readonly #disk = temporaryDirectory();

  /** @param size as of tmpfs, such as `4m` */
  constructor(
    readonly folder: string,
    size: string,
  ) {
    run('mount', '-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', this.#disk);
    afterTest(() => run('umount', this.#disk));
    this.mount();
    afterTest(() => {
      while (mountsAt(folder) > 0) this.unmount();
    });
  }

  mount(): void {
    run('mount', '--bind', this.#disk, this.folder);
  }

  /** Takes the volume away from under who uses it. */
  unmount(): void {
    run('umount', '--lazy', this.folder);
  }

  /** From now on what is opened there is read-only. */
  forbidWriting(): void {
    this.mount();
    run('mount', '-o', 'remount,bind,ro', this.folder);
  }

  /** Takes back what {@link forbidWriting} did. */
  allowWriting(): void {
    run('umount', '--lazy', this.folder);
  }
}
