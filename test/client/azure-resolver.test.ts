import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

import { describe, expect, it } from '@jest/globals';

import { azureResolver, ResolveError } from '../../client/index.js';
import { startStandIn } from '../azure/support/stand-in.js';

const VAULT = 'https://acme.vault.azure.net/';

/** What an application gets that runs with this environment. */
async function resolved(env: object, names: readonly string[]): Promise<string[]> {
  const driver = path.resolve('test/client/resolve-secrets.mjs');
  const { stdout } = await promisify(execFile)(process.execPath, [driver, VAULT, ...names], {
    env: { PATH: process.env.PATH, HOME: '/nonexistent', ...env },
  });
  return JSON.parse(stdout) as string[];
}

describe('an application on Azure', () => {
  it('finds a runtime by its name, and nothing of another platform', async () => {
    const resolver = azureResolver();
    const host = 'prod-tenant-acme-abc.copilot.internal';
    await expect(resolver.address({ kind: 'dns', host, port: 4321 })).resolves.toBe(`${host}:4321`);
    await expect(resolver.address({ kind: 'local', file: 'f' })).rejects.toThrow(ResolveError);
    await expect(resolver.secret({ kind: 'file', path: 'f' })).rejects.toThrow(
      'a secret of kind file is not on Azure: use the resolver of its platform',
    );
  });

  it('reads the secret that its identity may read, and says of others what to do', async () => {
    const azure = await startStandIn();
    const vault = azure.addVault('acme');
    const identity = azure.addIdentity('back-end');
    vault.secrets.set('mine', { value: 'the-token\n' });
    vault.secrets.set('empty', { value: ' ' });
    vault.secrets.set('foreign', { value: 'another-token' });
    for (const name of ['mine', 'empty', 'absent']) {
      azure.roles.assign(identity, 'Key Vault Secrets User', `${vault.id}/secrets/${name}`);
    }
    const managed = { ...(await azure.openGroup([identity])), AZURE_CLIENT_ID: identity.clientId };
    // Else whatever may be an identity is tried, for 20 s.
    const nobody = { ...azure.networkEnv, AZURE_TOKEN_CREDENTIALS: 'EnvironmentCredential' };
    const [asIdentity, asDeployer, asNobody] = await Promise.all([
      resolved(managed, ['mine', 'empty', 'absent', 'foreign']),
      resolved(azure.credentialEnv, ['mine']),
      resolved(nobody, ['mine']),
    ]);
    expect(asIdentity).toEqual([
      'the-token',
      'the secret empty in acme.vault.azure.net is empty: deploy again',
      'the secret absent in acme.vault.azure.net does not exist (404): deploy again',
      'the secret foreign in acme.vault.azure.net may not be read (403): name the object id of this application\'s identity under "principals" of the tenant in the topology, and deploy',
    ]);
    expect(asDeployer).toEqual(['the-token']);
    expect(asNobody[0]).toMatch(
      /cannot be read without an identity: give this application a managed identity/,
    );
  });
});
