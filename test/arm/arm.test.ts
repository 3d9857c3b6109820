import { describe, expect, it } from '@jest/globals';

import { BROKEN, GROUP_ID, SUBSCRIPTION } from '../azure/stand-in/index.js';
import { startStandIn } from '../azure/support/stand-in.js';

import { armOf } from './support/arm.js';

const VERSION = { apiVersion: '2023-05-01' };
const ZONE = `${GROUP_ID}/providers/Microsoft.Network/privateDnsZones/copilot.internal`;
const IDENTITY = `${GROUP_ID}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/acme`;

describe('Resource Manager', () => {
  it('creates, reads, lists and deletes a resource, following each operation to its end', async () => {
    const standIn = await startStandIn();
    const arm = armOf(standIn);
    expect(await arm.find(IDENTITY, VERSION)).toBeUndefined();
    const made = await arm.put<{ properties: { clientId: string } }>(
      IDENTITY,
      { location: 'westeurope' },
      VERSION,
    );
    expect(made.properties.clientId).toMatch(/^[0-9a-f-]{36}$/);
    expect(standIn.exchanges.some(({ request }) => request.path.includes('/operations/'))).toBe(true);
    const list = `${GROUP_ID}/providers/Microsoft.ManagedIdentity/userAssignedIdentities`;
    expect(await arm.list(list, VERSION)).toMatchObject([{ name: 'acme' }]);
    await arm.delete(IDENTITY, VERSION);
    await arm.delete(IDENTITY, VERSION);
    expect(await arm.find(IDENTITY, VERSION)).toBeUndefined();
  });

  it('goes through every page of a list', async () => {
    const standIn = await startStandIn();
    const next = 'https://management.azure.com/next?page=2';
    standIn.faults.add({
      when: ({ path }) => path === '/first',
      answer: { status: 200, body: { value: [1, 2], nextLink: next } },
    });
    standIn.faults.add({
      when: ({ path, query }) => path === '/next' && query.get('page') === '2',
      answer: { status: 200, body: { value: [3] } },
    });
    expect(await armOf(standIn).list('/first', VERSION)).toEqual([1, 2, 3]);
  });

  it('shows its token to nobody else, wherever an answer leads', async () => {
    const standIn = await startStandIn();
    standIn.faults.add({
      when: ({ path }) => path === '/first',
      answer: { status: 200, body: { value: [1], nextLink: 'https://elsewhere.example/next' } },
    });
    await expect(armOf(standIn).list('/first', VERSION)).rejects.toThrow(
      /^Azure names elsewhere\.example as the next address/,
    );
    expect(standIn.exchanges.map(({ request }) => request.host)).not.toContain('elsewhere.example');
  });

  it('tells of a resource that is there and has failed', async () => {
    const standIn = await startStandIn();
    const answer = { status: 201, body: { properties: { provisioningState: 'Creating' } } };
    standIn.faults.add({ when: ({ method, path }) => method === 'PUT' && path === IDENTITY, answer });
    standIn.faults.add({
      when: ({ method, path }) => method === 'GET' && path === IDENTITY,
      answer: { status: 200, body: { properties: { provisioningState: 'Failed' } } },
    });
    await expect(armOf(standIn).put(IDENTITY, {}, VERSION)).rejects.toThrow(
      /^cannot create userAssignedIdentities\/acme: it has ended as Failed$/,
    );
  });

  it('tells of an operation that fails after it was accepted', async () => {
    const standIn = await startStandIn();
    const arm = armOf(standIn);
    await arm.put(ZONE, { location: 'global' }, VERSION);
    const link = `${ZONE}/virtualNetworkLinks/net`;
    standIn.faults.add({
      when: ({ path }) => path.includes('/operations/'),
      answer: {
        status: 200,
        body: { status: 'Failed', error: { code: 'Conflict', message: 'The network is linked already.' } },
      },
    });
    await expect(arm.put(link, { location: 'global', properties: {} }, VERSION)).rejects.toThrow(
      /^cannot create virtualNetworkLinks\/net: Conflict: The network is linked already$/,
    );
  });

  it('says what is refused, and what to do', async () => {
    const standIn = await startStandIn();
    const nobody = standIn.directory.addApplication();
    await expect(armOf(standIn, nobody).get(GROUP_ID, VERSION)).rejects.toMatchObject({
      name: 'AzureError',
      status: 403,
      code: 'AuthorizationFailed',
      message: expect.stringMatching(
        /^cannot read resourceGroups\/copilot: 403 AuthorizationFailed: .* \(give the identity that deploys the roles of docs\/azure\.md; a new role takes minutes\)$/,
      ),
    });
    await expect(armOf(standIn).get(`${GROUP_ID}nowhere`, VERSION)).rejects.toMatchObject({ status: 404 });
  });

  it('says that credentials are refused, without the secret', async () => {
    const standIn = await startStandIn();
    const wrong = { ...standIn.deployer, clientSecret: 'not the secret of anybody' };
    const error = await armOf(standIn, wrong)
      .get(GROUP_ID, VERSION)
      .catch((reason: Error) => reason);
    expect((error as Error).message).toMatch(
      /^cannot read resourceGroups\/copilot: the credentials are refused \(.+\): check the variables ARM_…, or log in again$/,
    );
    expect((error as Error).message).not.toContain(wrong.clientSecret);
  });

  it('tries again what Azure could not answer, and says it when it cannot at all', async () => {
    const standIn = await startStandIn();
    const arm = armOf(standIn);
    standIn.faults.add({ when: ({ path }) => path === GROUP_ID, answer: BROKEN, times: 1 });
    expect(await arm.get(GROUP_ID, VERSION)).toMatchObject({ name: 'copilot' });
    standIn.faults.add({ when: () => true, answer: 'hang up' });
    await expect(arm.get(`/subscriptions/${SUBSCRIPTION}`, VERSION)).rejects.toThrow(
      /^cannot read subscriptions\/.*: there is no answer \(socket hang up\): check the network, and HTTPS_PROXY$/,
    );
  });

  it('stops waiting when it is told to', async () => {
    const standIn = await startStandIn();
    const arm = armOf(standIn);
    const stop = new AbortController();
    standIn.faults.add({
      when: ({ path }) => path.includes('/operations/') && (stop.abort(), true),
      answer: { status: 200, body: { status: 'InProgress' } },
    });
    const making = arm.put(IDENTITY, { location: 'westeurope' }, { ...VERSION, signal: stop.signal });
    await expect(making).rejects.toThrow(/abort/i);
  });
});
