import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** Names that a certificate of the stand-in is good for. */
const NAMES = [
  'IP:127.0.0.1',
  'DNS:localhost',
  'DNS:management.azure.com',
  'DNS:login.microsoftonline.com',
  'DNS:graph.microsoft.com',
  'DNS:*.vault.azure.net',
  'DNS:*.westeurope.atlas.cloudapp.azure.com',
  'DNS:*.blob.core.windows.net',
  'DNS:*.file.core.windows.net',
  'DNS:*.queue.core.windows.net',
];

/** PEM of a certificate authority, and of a key and certificate that it has signed. */
export interface Certificates {
  readonly authority: Buffer;
  readonly key: Buffer;
  readonly certificate: Buffer;
}

let made: Certificates | undefined;

/** Certificates for the names of Azure, good for a day: the same for every stand-in of a process, for they take a while. */
export function certificates(): Certificates {
  made ??= withFolder(makeCertificates);
  return made;
}

function withFolder<T>(use: (folder: string) => T): T {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'copilot-runtimes-certificates-'));
  try {
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function makeCertificates(directory: string): Certificates {
  const at = (name: string) => path.join(directory, name);
  const openssl = (...args: string[]) =>
    execFileSync('openssl', args, { cwd: directory, stdio: ['ignore', 'ignore', 'pipe'] });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

  openssl(
    ...['req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '1'],
    ...['-subj', '/CN=Azure stand-in', '-addext', 'basicConstraints=critical,CA:TRUE'],
  );
  openssl('req', ...key, '-keyout', 'server.key', '-out', 'server.csr', '-subj', '/CN=management.azure.com');
  writeFileSync(at('server.ext'), `subjectAltName=${NAMES.join(',')}\nextendedKeyUsage=serverAuth\n`);
  openssl(
    ...['x509', '-req', '-in', 'server.csr', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial'],
    ...['-out', 'server.pem', '-days', '1', '-extfile', 'server.ext'],
  );
  return {
    authority: readFileSync(at('ca.pem')),
    key: readFileSync(at('server.key')),
    certificate: readFileSync(at('server.pem')),
  };
}
