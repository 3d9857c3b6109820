import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  mkdirSync,
  openSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';

import { A_RECORDS, addressesOf } from '../stand-in/arm/kinds/private-dns.js';
import { VAULTS } from '../stand-in/arm/kinds/vault.js';
import { same } from '../stand-in/arm/resource-id.js';
import type { Resource } from '../stand-in/arm/store.js';

import { AZURE_ADDRESS } from './fabric.js';

/** Names of Azure that everybody uses. */
const AZURE = ['management.azure.com', 'login.microsoftonline.com'];

/** Files that every container finds below /etc and /opt. */
export class ContainerFiles {
  #hosts = '';

  constructor(
    readonly folder: string,
    authority: string,
  ) {
    mkdirSync(folder, { recursive: true });
    const write = (name: string, text: string) => writeFileSync(path.join(folder, name), text);
    write('resolv.conf', 'nameserver 127.0.0.1\noptions timeout:1 attempts:1\n');
    write('nsswitch.conf', 'passwd: files\ngroup: files\nhosts: files\n');
    write('passwd', 'root:x:0:0::/:/bin/sh\ncopilot:x:10001:10001::/tmp:/usr/sbin/nologin\n');
    write('group', 'root:x:0:\ncopilot:x:10001:\n');
    copyFileSync(authority, path.join(folder, 'ca.pem'));
    copyFileSync('test/azure/runner/tini.sh', path.join(folder, 'tini'));
    chmodSync(path.join(folder, 'tini'), 0o755);
    this.resolve([]);
  }

  /** Makes the names of the record sets, and of Azure, lead where they should; running containers see it at once. */
  resolve(resources: readonly Resource[]): void {
    const ofType = (type: string) => resources.filter((one) => same(one.type, type));
    const azure = [...AZURE, ...ofType(VAULTS).map(({ name }) => `${name}.vault.azure.net`)];
    const records = ofType(A_RECORDS).flatMap(({ body }) => {
      const name = String(body.properties.fqdn).replace(/\.$/, '');
      return addressesOf(body).map((address) => `${address} ${name}`);
    });
    const lines = ['127.0.0.1 localhost', `${AZURE_ADDRESS} ${azure.join(' ')}`, ...records, ''];
    this.#overwrite(path.join(this.folder, 'hosts'), lines.join('\n'));
  }

  /**
   * In place, for a file that is moved here would be another one than containers have mounted; and never shorter
   * than before, for whoever reads it in between would find names missing.
   */
  #overwrite(file: string, text: string): void {
    if (text === this.#hosts.trimEnd() + '\n') return;
    this.#hosts = text.padEnd(this.#hosts.length, '\n');
    const descriptor = openSync(file, constants.O_WRONLY | constants.O_CREAT, 0o644);
    writeSync(descriptor, this.#hosts, 0);
    closeSync(descriptor);
  }
}
