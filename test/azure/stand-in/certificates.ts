import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Names that a certificate of the stand-in is good for. */
const NAMES = [
  'IP:127.0.0.1',
  'DNS:localhost',
  'DNS:management.azure.com',
  'DNS:login.microsoftonline.com',
  'DNS:graph.microsoft.com',
  'DNS:*.vault.azure.net',
  'DNS:*.blob.core.windows.net',
  'DNS:*.file.core.windows.net',
  'DNS:*.queue.core.windows.net',
];

export interface Certificates {
  /** Path of the authority's certificate (PEM), for NODE_EXTRA_CA_CERTS and SSL_CERT_FILE. */
  readonly authority: string;
  readonly key: Buffer;
  readonly certificate: Buffer;
}

/**
 * Makes a certificate authority and a certificate for the names of Azure, good for a day.
 *
 * @param directory Where the files go; it is the caller's to remove
 */
export function makeCertificates(directory: string): Certificates {
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
    authority: at('ca.pem'),
    key: readFileSync(at('server.key')),
    certificate: readFileSync(at('server.pem')),
  };
}
