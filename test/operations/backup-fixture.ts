import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { backUp, FolderStore, restore, sessionsOf } from '../../backup/index.js';
import { manifestOf, manifestText, type Manifest } from '../../topology/index.js';
import { temporaryDirectory } from '../support/cleanup.js';
import { contents } from '../support/files.js';
import { planOf, type Overrides } from '../support/topology.js';

/** A local deployment that does not run: its manifest, and homes with sessions that are nothing but files. */
export class Files {
  readonly directory = temporaryDirectory();
  readonly manifest: Manifest;
  readonly manifestFile = path.join(this.directory, 'manifest.json');

  constructor(overrides: Overrides = {}) {
    this.manifest = manifestOf(planOf(overrides));
    writeFileSync(this.manifestFile, manifestText(this.manifest));
  }

  /** The sessions of the one tenant. */
  readonly store = new FolderStore({
    runtime: 'tenant/acme',
    sessions: sessionsOf(path.join(this.directory, 'tenant/acme/home')),
    isBusy: () => Promise.resolve(false),
  });

  /** Folder of a session of a tenant that has a runtime of its own. */
  session(id: string): string {
    return path.join(this.directory, 'tenant/acme/home/session-state', id);
  }

  write(ids: readonly string[], said = 'hello'): this {
    for (const id of ids) {
      mkdirSync(path.join(this.session(id), 'files/deep'), { recursive: true });
      writeFileSync(path.join(this.session(id), 'events.jsonl'), eventsOf(id, said));
      writeFileSync(path.join(this.session(id), 'workspace.yaml'), `id: ${id}\nname: ${said}\n`);
      writeFileSync(path.join(this.session(id), 'files/deep/data.bin'), Buffer.alloc(70_000, id));
      writeFileSync(path.join(this.session(id), 'inuse.1.lock'), '1');
    }
    return this;
  }

  ids(): string[] {
    return readdirSync(path.dirname(this.session('any'))).sort();
  }

  async backUp(file: string): Promise<void> {
    const stores = [this.store];
    await backUp({ topology: 'tiny', tenant: 'acme', prefix: '', stores, file, waitSeconds: 0 });
  }

  restore(file: string, tenant = 'acme') {
    return restore({ file, tenant, prefix: '', stores: [this.store], directory: this.directory });
  }
}

/** What is below a folder, without locks, which are not kept. */
export const kept = (folder: string) =>
  Object.fromEntries(Object.entries(contents(folder)).filter(([name]) => !name.endsWith('.lock')));

const eventsOf = (id: string, said: string) =>
  [
    { type: 'session.start', data: { sessionId: id } },
    { type: 'user.message', data: { content: `${said}: ${id}` } },
  ]
    .map((event) => `${JSON.stringify(event)}\n`)
    .join('');
