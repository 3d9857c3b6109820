import { describe, expect, it } from '@jest/globals';

import { GROUP_ID, SUBSCRIPTION } from './stand-in/index.js';
import { ROLES } from './stand-in/roles.js';
import { callArm } from './support/arm.js';
import { readSecret } from './support/clients.js';
import { ACCOUNT_ID, groupBody, groupId, makeLandscape, NETWORK_ID, put } from './support/landscape.js';
import { startStandIn } from './support/stand-in.js';

const landscape = async () => makeLandscape(await startStandIn());

const roleId = (name: string) =>
  `/subscriptions/${SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/${ROLES.find((role) => role.name === name)!.id}`;

/** Id of a new role assignment in a scope. */
const assignmentIn = (scope: string, number = 1) =>
  `${scope}/providers/Microsoft.Authorization/roleAssignments/00000000-0000-4000-8000-00000000000${number}`;

describe('a role assignment', () => {
  it('opens the one secret in whose scope it is', async () => {
    const { standIn, vault, identity } = await landscape();
    vault.secrets.set('own', { value: 'own' });
    vault.secrets.set('other', { value: 'other' });
    await put(standIn, assignmentIn(`${vault.id}/secrets/own`), {
      properties: { principalId: identity.objectId, roleDefinitionId: roleId('Key Vault Secrets User') },
    });
    const env = await standIn.openGroup([identity]);
    expect(await readSecret(env, vault, 'own', identity.clientId)).toBe('value own');
    expect(await readSecret(env, vault, 'other', identity.clientId)).toBe('403 ForbiddenByRbac');
  });

  it('is refused for somebody who is not there, and when it is there already', async () => {
    const { standIn, vault, identity } = await landscape();
    const roleDefinitionId = roleId('Reader');
    const assign = (principalId: string, number: number) =>
      callArm(standIn, 'PUT', assignmentIn(vault.id, number), {
        properties: { principalId, roleDefinitionId },
      });
    expect((await assign('00000000-0000-4000-8000-0000000000ff', 1)).body.error?.code).toBe(
      'PrincipalNotFound',
    );
    expect((await assign(identity.objectId, 1)).status).toBe(201);
    expect((await assign(identity.objectId, 2)).body.error?.code).toBe('RoleAssignmentExists');
  });

  it('may be made by an owner, and not by a contributor', async () => {
    const { standIn, vault, identity } = await landscape();
    const contributor = standIn.directory.addApplication();
    standIn.roles.assign(contributor, 'Contributor', GROUP_ID);
    const properties = { principalId: identity.objectId, roleDefinitionId: roleId('Reader') };
    const answer = await callArm(standIn, 'PUT', assignmentIn(vault.id), { properties }, { as: contributor });
    expect([answer.status, answer.body.error?.code]).toEqual([403, 'AuthorizationFailed']);
  });
});

describe('a set of A records', () => {
  const record = (ip: string) => ({ properties: { ttl: 30, aRecords: [{ ipv4Address: ip }] } });

  it('is written by the identity that has a role on it, which can write no other', async () => {
    const { standIn, identity, zoneId } = await landscape();
    await put(standIn, `${zoneId}/A/own`, {
      properties: { ...record('192.0.2.1').properties, metadata: { a: 'b' } },
    });
    await put(standIn, `${zoneId}/A/other`, record('192.0.2.2'));
    standIn.roles.assign(identity, 'Private DNS Zone Contributor', `${zoneId}/A/own`);

    const patch = (name: string) =>
      callArm(
        standIn,
        'PATCH',
        `${zoneId}/A/${name}`,
        { properties: { aRecords: [{ ipv4Address: '10.0.1.9' }] } },
        { as: identity },
      );
    const own = await patch('own');
    expect(own.body.properties).toMatchObject({
      fqdn: 'own.copilot.internal.',
      ttl: 30,
      metadata: { a: 'b' },
      aRecords: [{ ipv4Address: '10.0.1.9' }],
    });
    expect((await patch('other')).status).toBe(403);
    const created = await callArm(standIn, 'PUT', `${zoneId}/A/new`, record('10.0.1.9'), { as: identity });
    expect(created.status).toBe(403);
  });

  it('is left alone when somebody else has changed it', async () => {
    const { standIn, zoneId } = await landscape();
    const { body } = await put(standIn, `${zoneId}/A/own`, record('192.0.2.1'));
    const guarded = { headers: { 'If-Match': String(body.etag) } };
    expect((await callArm(standIn, 'PUT', `${zoneId}/A/own`, record('192.0.2.2'), guarded)).status).toBe(200);
    expect((await callArm(standIn, 'PUT', `${zoneId}/A/own`, record('192.0.2.3'), guarded)).status).toBe(412);
  });
});

describe('a deletion', () => {
  it('is refused while something is in use or locked, and takes what is inside with it', async () => {
    const azure = await landscape();
    const { standIn } = azure;
    await put(standIn, groupId('one'), groupBody(azure));
    const network = await callArm(standIn, 'DELETE', NETWORK_ID);
    expect(network.body.error?.code).toBe('InUseSubnetCannotBeDeleted');
    expect((await callArm(standIn, 'DELETE', groupId('one'))).status).toBe(200);
    expect((await callArm(standIn, 'DELETE', NETWORK_ID)).status).toBe(200);
    expect((await callArm(standIn, 'GET', `${NETWORK_ID}/subnets/runtimes`)).status).toBe(404);

    const lock = `${ACCOUNT_ID}/providers/Microsoft.Authorization/locks/keep`;
    await put(standIn, lock, { properties: { level: 'CanNotDelete' } });
    expect((await callArm(standIn, 'DELETE', ACCOUNT_ID)).body.error?.code).toBe('ScopeLocked');
    await callArm(standIn, 'DELETE', lock);
    expect((await callArm(standIn, 'DELETE', ACCOUNT_ID)).status).toBe(200);
    expect((await callArm(standIn, 'DELETE', ACCOUNT_ID)).status).toBe(204);
  });
});

describe('Resource Manager', () => {
  it.each([
    ['without its parent', `${NETWORK_ID}x/subnets/one`, 404, 'ParentResourceNotFound'],
    [
      'without its resource group',
      groupId('one').replace('/copilot/', '/none/'),
      404,
      'ResourceGroupNotFound',
    ],
    ['of an account whose name is too long', `${ACCOUNT_ID}${'x'.repeat(20)}`, 400, 'AccountNameInvalid'],
    ['of an account whose name is taken', `${ACCOUNT_ID}taken`, 409, 'StorageAccountAlreadyTaken'],
  ])('refuses a resource %s', async (_, id, status, code) => {
    const { standIn } = await landscape();
    standIn.limits.takenAccounts.add('copilotacmetaken');
    const answer = await callArm(standIn, 'PUT', id, { location: 'westeurope', properties: {} });
    expect([answer.status, answer.body.error?.code]).toEqual([status, code]);
  });

  it('tells the keys of an account to those who may list them', async () => {
    const { standIn } = await landscape();
    const reader = standIn.directory.addApplication();
    standIn.roles.assign(reader, 'Reader', GROUP_ID);
    expect((await callArm(standIn, 'GET', ACCOUNT_ID, undefined, { as: reader })).status).toBe(200);
    const refused = await callArm(standIn, 'POST', `${ACCOUNT_ID}/listKeys`, undefined, { as: reader });
    expect(refused.status).toBe(403);
    const { body } = await callArm(standIn, 'GET', ACCOUNT_ID);
    expect(JSON.stringify(body)).not.toContain('keys');
  });
});
