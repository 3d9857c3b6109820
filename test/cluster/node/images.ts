import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

import type { Layout } from './layout.js';
import type { Start } from './start.js';
import { SANDBOX_IMAGE } from './worker.js';

const BASE_IMAGE = 'localhost/copilot-runtimes-test/base:1';
const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';

/** Builds images without a Docker daemon and without a registry. */
export class ImageBuilder {
  readonly #options: readonly string[];
  readonly #run: Start['run'];
  readonly layout: Layout;

  constructor(start: Start) {
    this.layout = start.layout;
    this.#run = (...args) => start.run(...args);
    const at = (name: string) => path.join(this.layout.images, name);
    this.#options = ['--root', at('root'), '--runroot', at('runroot'), '--storage-driver', 'vfs'];
  }

  /** The base image: a minimal Debian with this machine's Node.js and npm. Kept between runs. */
  async base(): Promise<string> {
    if (await this.#has(BASE_IMAGE)) return BASE_IMAGE;
    await mkdir(this.layout.images, { recursive: true });
    const tree = await mkdtemp(path.join(os.tmpdir(), 'copilot-runtimes-base-'));
    try {
      const { VERSION_CODENAME: suite } = await osRelease();
      await this.#run('debootstrap', [
        '--variant=minbase',
        '--include=ca-certificates,libstdc++6',
        suite ?? 'bookworm',
        tree,
        await this.#debianMirror(),
      ]);
      await rm(path.join(tree, 'var/cache/apt'), { recursive: true });
      await rm(path.join(tree, 'var/lib/apt/lists'), { recursive: true });
      await cp(process.execPath, path.join(tree, 'usr/bin/node'));
      const npm = (await this.#run('npm', ['root', '--global'])).trim();
      await cp(path.join(npm, 'npm'), path.join(tree, 'usr/lib/node_modules/npm'), { recursive: true });
      await symlink('../lib/node_modules/npm/bin/npm-cli.js', path.join(tree, 'usr/bin/npm'));
      // Behind a proxy with an authority of its own, apt and npm need to know it.
      if (existsSync(CERTIFICATES)) await cp(CERTIFICATES, path.join(tree, CERTIFICATES));
      const settings = [
        '--env',
        'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
        '--env',
        `NODE_EXTRA_CA_CERTS=${CERTIFICATES}`,
      ];
      await this.#image(BASE_IMAGE, 'scratch', [[tree, '/']], settings);
    } finally {
      await rm(tree, { recursive: true, force: true });
    }
    return BASE_IMAGE;
  }

  /** What the cluster itself runs: DNS, the helper of the volume provisioner, and the sandbox of each pod. */
  async addons(): Promise<string> {
    if (await this.#has(SANDBOX_IMAGE)) return SANDBOX_IMAGE;
    const settings = ['--cmd', '["sleep","infinity"]'];
    await this.#image(
      SANDBOX_IMAGE,
      await this.base(),
      [[this.layout.coredns, '/usr/bin/coredns']],
      settings,
    );
    return SANDBOX_IMAGE;
  }

  /** Builds services/Dockerfile as anybody would, from what `npm run build` has made. */
  async runtime(tag: string): Promise<string> {
    const npmrc = path.join(os.homedir(), '.npmrc');
    const cache = (await this.#run('npm', ['config', 'get', 'cache'])).trim();
    await mkdir(cache, { recursive: true });
    await this.#buildah([
      'build',
      '--isolation=chroot',
      `--build-arg=BASE=${await this.base()}`,
      ...(existsSync(npmrc) ? [`--secret=id=npmrc,src=${npmrc}`] : []),
      `--volume=${cache}:/root/.npm`,
      '--file=services/Dockerfile',
      `--tag=${tag}`,
      '.',
    ]);
    return tag;
  }

  /** Puts an image into a node's store. */
  async load(image: string): Promise<void> {
    const archive = path.join(this.layout.run, 'image.tar');
    await rm(archive, { force: true });
    await this.#buildah(['push', '--quiet', image, `docker-archive:${archive}:${image}`]);
    await this.#ctr(['images', 'import', archive]);
    await rm(archive);
  }

  /** Gives an image in the node's store another name. */
  async tag(image: string, name: string): Promise<void> {
    await this.#ctr(['images', 'tag', '--force', image, name]);
  }

  #ctr(args: readonly string[]): Promise<string> {
    return this.#run('ctr', ['--address', this.layout.socket, '--namespace', 'k8s.io', ...args]);
  }

  async #image(
    name: string,
    from: string,
    files: readonly (readonly [string, string])[],
    settings: readonly string[],
  ): Promise<void> {
    const container = (await this.#buildah(['from', '--pull-never', from])).trim();
    for (const [source, target] of files) await this.#buildah(['add', '--quiet', container, source, target]);
    await this.#buildah(['config', ...settings, container]);
    await this.#buildah(['commit', '--quiet', '--rm', container, name]);
  }

  async #has(image: string): Promise<boolean> {
    const found = await this.#buildah(['images', '--quiet', image]).catch(() => '');
    return found.trim() !== '';
  }

  #buildah(args: readonly string[]): Promise<string> {
    return this.#run('buildah', [...this.#options, ...args], { cwd: this.layout.root });
  }

  /** The mirror that this machine itself installs from. */
  async #debianMirror(): Promise<string> {
    const printed = await this.#run('apt-get', [
      'indextargets',
      '--format',
      '$(REPO_URI)',
      'Created-By: Packages',
    ]);
    return printed.split('\n')[0] ?? 'http://deb.debian.org/debian';
  }
}

async function osRelease(): Promise<Record<string, string>> {
  const lines = (await readFile('/etc/os-release', 'utf8')).split('\n').filter((line) => line.includes('='));
  return Object.fromEntries(lines.map((line) => line.replaceAll('"', '').split('=', 2) as [string, string]));
}
