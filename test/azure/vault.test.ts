import { describe, expect, it } from '@jest/globals';

import { TOO_MANY } from './stand-in/index.js';
import { deployersClient, readSecret } from './support/clients.js';
import { startStandIn } from './support/stand-in.js';

/** A vault with a secret for each of two tenants, each with an identity that may read its own. */
async function twoTenants() {
  const standIn = await startStandIn();
  const vault = standIn.addVault('acme');
  const tenant = (name: string) => {
    const identity = standIn.addIdentity(name);
    vault.secrets.set(name, { value: `token of ${name}` });
    const role = standIn.roles.assign(identity, 'Key Vault Secrets User', `${vault.id}/secrets/${name}`);
    return { identity, role };
  };
  return { standIn, vault, a: tenant('tenant-a'), b: tenant('tenant-b') };
}

describe('a container group with an identity', () => {
  it('reads the secret that its role names, and nobody else’s', async () => {
    const { standIn, vault, a } = await twoTenants();
    const env = await standIn.openGroup([a.identity]);
    const read = (secret: string) => readSecret(env, vault, secret, a.identity.clientId);
    expect(await read('tenant-a')).toBe('value token of tenant-a');
    expect(await read('tenant-b')).toBe('403 ForbiddenByRbac');
  });

  it('reads nothing any more when its role is revoked', async () => {
    const { standIn, vault, a } = await twoTenants();
    standIn.roles.revoke(a.role);
    const env = await standIn.openGroup([a.identity]);
    expect(await readSecret(env, vault, 'tenant-a', a.identity.clientId)).toBe('403 ForbiddenByRbac');
  });

  it('gets no token for an identity that is not its own', async () => {
    const { standIn, vault, a, b } = await twoTenants();
    const env = await standIn.openGroup([a.identity]);
    expect(await readSecret(env, vault, 'tenant-b', b.identity.clientId)).toContain('Identity not found');
  });

  it('waits for its role to spread', async () => {
    const { standIn, vault } = await twoTenants();
    const late = standIn.addIdentity('late');
    const env = await standIn.openGroup([late]);
    standIn.roles.spreadMs = 600_000;
    standIn.roles.assign(late, 'Key Vault Secrets User', vault.id);
    expect(await readSecret(env, vault, 'tenant-a', late.clientId)).toBe('403 ForbiddenByRbac');
    standIn.roles.spread();
    expect(await readSecret(env, vault, 'tenant-a', late.clientId)).toBe('value token of tenant-a');
  });
});

describe('whoever runs Terraform', () => {
  it('writes versions, deletes, recovers and purges', async () => {
    const { standIn, vault } = await twoTenants();
    const client = deployersClient(standIn, vault);
    const first = await client.setSecret('new', 'one', { contentType: 'text/plain', tags: { a: 'b' } });
    await client.setSecret('new', 'two');
    expect(await client.getSecret('new')).toMatchObject({ value: 'two' });
    const old = await client.getSecret('new', { version: first.properties.version! });
    expect(old).toMatchObject({ value: 'one', properties: { contentType: 'text/plain', tags: { a: 'b' } } });

    const expiresOn = new Date('2030-01-01T00:00:00Z');
    await client.updateSecretProperties('new', first.properties.version!, { expiresOn });
    const changed = await client.getSecret('new', { version: first.properties.version! });
    expect(changed).toMatchObject({ value: 'one', properties: { expiresOn } });

    await (await client.beginDeleteSecret('new', { intervalInMs: 1 })).pollUntilDone();
    await expect(client.getSecret('new')).rejects.toMatchObject({ code: 'SecretNotFound' });
    await expect(client.setSecret('new', 'three')).rejects.toMatchObject({ statusCode: 409 });
    await (await client.beginRecoverDeletedSecret('new', { intervalInMs: 1 })).pollUntilDone();
    expect(await client.getSecret('new')).toMatchObject({ value: 'two' });

    await (await client.beginDeleteSecret('new', { intervalInMs: 1 })).pollUntilDone();
    await client.purgeDeletedSecret('new');
    await expect(client.beginRecoverDeletedSecret('new')).rejects.toMatchObject({ statusCode: 404 });
  });

  it('may not purge where the vault is protected against it', async () => {
    const { standIn } = await twoTenants();
    const client = deployersClient(standIn, standIn.addVault('kept', { purgeProtected: true }));
    await client.setSecret('one', 'value');
    await (await client.beginDeleteSecret('one', { intervalInMs: 1 })).pollUntilDone();
    await expect(client.purgeDeletedSecret('one')).rejects.toMatchObject({ statusCode: 403 });
  });

  it('is refused with a wrong secret or a token that has ended', async () => {
    const { standIn, vault } = await twoTenants();
    const wrong = deployersClient(standIn, vault, 'wrong').getSecret('tenant-a');
    await expect(wrong).rejects.toThrow('AADSTS7000215');

    const client = deployersClient(standIn, vault);
    await client.getSecret('tenant-a');
    standIn.directory.remove(standIn.deployer);
    await expect(client.getSecret('tenant-a')).rejects.toMatchObject({ statusCode: 401 });
  });
});

describe('a fault', () => {
  it('meets as many requests as asked for, and the real client copes', async () => {
    const { standIn, vault } = await twoTenants();
    const reads = (status: number) =>
      standIn.exchanges.filter(
        (one) => one.status === status && one.request.path.startsWith('/secrets/tenant-a'),
      );
    standIn.faults.add({ when: ({ path }) => path.startsWith('/secrets/'), times: 1, answer: TOO_MANY });
    expect(await deployersClient(standIn, vault).getSecret('tenant-a')).toMatchObject({
      value: 'token of tenant-a',
    });
    expect([reads(429), reads(200)].map(({ length }) => length)).toEqual([1, 1]);

    standIn.faults.add({ when: ({ path }) => path.startsWith('/secrets/'), answer: 'hang up' });
    await expect(deployersClient(standIn, vault).getSecret('tenant-a')).rejects.toThrow(/hang up|ECONNRESET/);
  });
});
