import { describe, expect, it } from '@jest/globals';

import { GROUP_ID } from './stand-in/index.js';
import { callArm, type ArmAnswer } from './support/arm.js';
import {
  ACCOUNT_ID,
  groupBody,
  groupId,
  makeLandscape,
  NETWORK_ID,
  put,
  type Landscape,
} from './support/landscape.js';
import { startStandIn } from './support/stand-in.js';

const ID = groupId('copilot-acme');
type Group = ReturnType<typeof groupBody>;

async function landscape(): Promise<Landscape> {
  return makeLandscape(await startStandIn());
}

/** What Azure shows of a group, as far as these tests look. */
interface Shown {
  readonly provisioningState: string;
  readonly ipAddress: { readonly ip: string };
  readonly instanceView: { readonly state: string };
  readonly containers: readonly {
    readonly properties: {
      readonly environmentVariables: readonly object[];
      readonly instanceView: {
        readonly currentState: object;
        readonly events: readonly { readonly name: string }[];
      };
    };
  }[];
}
const shown = ({ body }: ArmAnswer) => body.properties as Shown;
const eventsOf = (answer: ArmAnswer) =>
  shown(answer).containers[0]!.properties.instanceView.events.map(({ name }) => name);

const container = (group: Group) => group.properties.containers[0]!.properties;

/** What the provider accepts and Azure refuses. */
const REFUSED: readonly (readonly [what: string, code: string, edit: (group: Group) => unknown])[] = [
  [
    'a public address in a network',
    'PublicIPAddressNotSupported',
    ({ properties }) => (properties.ipAddress.type = 'Public'),
  ],
  [
    'a private address without a network',
    'PrivateIPAddressNotSupported',
    ({ properties }) => (properties.subnetIds = []),
  ],
  [
    'no address in a network',
    'IPAddressRequired',
    ({ properties }) => delete (properties as { ipAddress?: object }).ipAddress,
  ],
  [
    'a subnet that is not delegated',
    'SubnetMissingRequiredDelegation',
    ({ properties }) => (properties.subnetIds = [{ id: `${NETWORK_ID}/subnets/others` }]),
  ],
  [
    'a subnet that is not there',
    'SubnetNotFound',
    ({ properties }) => (properties.subnetIds = [{ id: `${NETWORK_ID}/subnets/none` }]),
  ],
  [
    'Spot in a network',
    'VnetNotSupported',
    ({ properties }) => Object.assign(properties, { priority: 'Spot' }),
  ],
  [
    'the Confidential sku in a network',
    'VnetNotSupported',
    ({ properties }) => (properties.sku = 'Confidential'),
  ],
  [
    'a third of a core',
    'InvalidResourceRequest',
    (group) => (container(group).resources.requests.cpu = 0.333),
  ],
  [
    'no memory',
    'ResourceSomeRequestsNotSpecified',
    (group) => (container(group).resources.requests.memoryInGB = 0),
  ],
  [
    'more cores than a group can have',
    'ServiceUnavailable',
    (group) => (container(group).resources.requests.cpu = 32),
  ],
  [
    'a limit above what is requested',
    'ContainerLimitGreaterThanContainerGroupTotalRequest',
    (group) => Object.assign(container(group).resources, { limits: { cpu: 2 } }),
  ],
  [
    'a reserved port',
    'PortNotAvailable',
    (group) => container(group).ports.push({ port: 22, protocol: 'TCP' }),
  ],
  [
    'six ports of the address',
    'TooManyIPAddressPorts',
    (group) => {
      const ports = [4321, 4322, 4323, 4324, 4325, 4326].map((port) => ({ port, protocol: 'TCP' }));
      container(group).ports = ports;
      group.properties.ipAddress.ports = ports;
    },
  ],
  [
    'a port of the address that no container has',
    'ContainerGroupPortNotFound',
    ({ properties }) => (properties.ipAddress.ports = [{ port: 8080, protocol: 'TCP' }]),
  ],
  [
    'a volume of no kind',
    'InvalidVolume',
    ({ properties }) => delete (properties.volumes[0] as { azureFile?: object }).azureFile,
  ],
  [
    'a volume of two kinds',
    'InvalidVolume',
    ({ properties }) => Object.assign(properties.volumes[0]!, { emptyDir: {} }),
  ],
  [
    'a share without a key',
    'StorageAccountKeyNotSpecified',
    ({ properties }) => (properties.volumes[0]!.azureFile.storageAccountKey = ''),
  ],
  ['an empty probe', 'InvalidProbe', (group) => Object.assign(container(group), { livenessProbe: {} })],
  [
    'an identity that is not there',
    'FailedIdentityOperation',
    (group) => (group.identity.userAssignedIdentities = { [`${GROUP_ID}/none`]: {} }),
  ],
  ['an unknown region', 'LocationNotAvailableForResourceType', (group) => (group.location = 'atlantis')],
  [
    'a region without container instances',
    'LocationNotAvailableForResourceType',
    (group) => (group.location = 'westindia'),
  ],
];

describe('a container group', () => {
  it('runs, has an address of its subnet, and never shows what is secret', async () => {
    const azure = await landscape();
    await put(azure.standIn, ID, groupBody(azure));
    const answer = await callArm(azure.standIn, 'GET', ID);
    expect(shown(answer)).toMatchObject({
      provisioningState: 'Succeeded',
      instanceView: { state: 'Running' },
    });
    expect(shown(answer).ipAddress.ip).toMatch(/^10\.0\.1\./);
    expect(eventsOf(answer)).toEqual(['Pulling', 'Pulled', 'Created', 'Started']);
    expect(JSON.stringify(answer.body)).not.toContain('a secret');
    expect(JSON.stringify(answer.body)).not.toContain(azure.accountKey);
  });

  it('has another address after a restart', async () => {
    const azure = await landscape();
    const before = shown(await put(azure.standIn, ID, groupBody(azure))).ipAddress.ip;
    expect((await callArm(azure.standIn, 'POST', `${ID}/restart`)).status).toBe(204);
    expect(shown(await callArm(azure.standIn, 'GET', ID)).ipAddress.ip).not.toBe(before);
  });

  it('loses its secure variables when what GET tells is PUT', async () => {
    const azure = await landscape();
    await put(azure.standIn, ID, groupBody(azure));
    const { body } = await callArm(azure.standIn, 'GET', ID);
    const volumes = groupBody(azure).properties.volumes;
    await put(azure.standIn, ID, { ...body, properties: { ...(body.properties as object), volumes } });
    const kept = azure.standIn.resources.find(({ id }) => id === ID);
    expect(JSON.stringify(kept)).toContain('SECRET');
    expect(JSON.stringify(kept)).not.toContain('a secret');
  });

  it('takes new tags without a restart, and other resources only anew', async () => {
    const azure = await landscape();
    const before = shown(await put(azure.standIn, ID, groupBody(azure))).ipAddress.ip;
    const patched = await callArm(azure.standIn, 'PATCH', ID, { tags: { tenant: 'other' } });
    expect(patched.body.tags).toEqual({ tenant: 'other' });
    expect(shown(patched).ipAddress.ip).toBe(before);

    const bigger = groupBody(azure);
    container(bigger).resources.requests.cpu = 1;
    const refused = await callArm(azure.standIn, 'PUT', ID, bigger);
    expect(refused.body.error?.code).toBe('InvalidContainerGroupUpdate');
  });

  it.each(REFUSED)('with %s is refused: %s', async (_, code, edit) => {
    const azure = await landscape();
    const group = groupBody(azure);
    edit(group);
    const answer = await callArm(azure.standIn, 'PUT', ID, group);
    expect([answer.status, answer.body.error?.code]).toEqual([400, code]);
    expect((await callArm(azure.standIn, 'GET', ID)).status).toBe(404);
  });

  it('with a name that is none is refused', async () => {
    const azure = await landscape();
    const answer = await callArm(azure.standIn, 'PUT', groupId('Acme_1'), groupBody(azure));
    expect(answer.body.error?.code).toBe('InvalidContainerGroupName');
  });
});

describe('a create that fails', () => {
  it('leaves the group in Azure when its image cannot be pulled, with the reason in its events', async () => {
    const azure = await landscape();
    azure.standIn.limits.inaccessibleImages.add('registry.example.com/copilot-runtimes@sha256:0');
    const { headers } = await put(azure.standIn, ID, groupBody(azure));
    const operation = await callArm(
      azure.standIn,
      'GET',
      String(headers['azure-asyncoperation']).replace('https://management.azure.com', ''),
    );
    expect(operation.body).toMatchObject({ status: 'Failed', error: { code: 'InaccessibleImage' } });
    const left = await callArm(azure.standIn, 'GET', ID);
    expect(shown(left).provisioningState).toBe('Failed');
    expect(eventsOf(left)).toEqual(['Pulling', 'Failed', 'BackOff']);
  });

  it.each([
    [
      'the region is full',
      'ServiceUnavailable',
      ({ standIn }: Landscape) => standIn.limits.fullRegions.add('westeurope'),
    ],
  ])('says why when %s', async (_, code, arrange) => {
    const azure = await landscape();
    arrange(azure);
    const { headers } = await put(azure.standIn, ID, groupBody(azure));
    const operation = String(headers['azure-asyncoperation']).replace('https://management.azure.com', '');
    expect((await callArm(azure.standIn, 'GET', operation)).body).toMatchObject({ error: { code } });
  });

  it.each([
    ['groups', 'ContainerGroups', 0],
    ['cores', 'StandardCores', 0.4],
  ] as const)('is refused when the quota of %s is reached', async (limit, quota, most) => {
    const azure = await landscape();
    azure.standIn.limits[limit] = most;
    const { status, body } = await callArm(azure.standIn, 'PUT', ID, groupBody(azure));
    expect([status, body.error?.code]).toEqual([409, 'ContainerGroupQuotaReached']);
    expect(body.error?.message).toContain(quota);
  });

  it('is throttled beyond the creates of an hour', async () => {
    const azure = await landscape();
    azure.standIn.limits.createsPerHour = 1;
    await put(azure.standIn, ID, groupBody(azure));
    const second = await callArm(azure.standIn, 'PUT', groupId('second'), groupBody(azure));
    expect([second.status, second.headers['retry-after']]).toEqual([429, '60']);
  });

  it.each([
    [
      'with a key of another account',
      (group: Group) => (group.properties.volumes[0]!.azureFile.storageAccountKey = 'x'),
    ],
    [
      'with a share that is not there',
      (group: Group) => (group.properties.volumes[0]!.azureFile.shareName = 'none'),
    ],
  ])('waits for its share %s', async (_, edit) => {
    const azure = await landscape();
    const group = groupBody(azure);
    edit(group);
    const answer = await put(azure.standIn, ID, group);
    expect(shown(answer).instanceView.state).toBe('Pending');
    expect(eventsOf(answer)).toEqual(['FailedMountAzureFileVolume']);
  });

  it('waits for its share where the account does not let its subnet in', async () => {
    const azure = await landscape();
    const closed = (virtualNetworkRules: object[]) => ({
      properties: { networkAcls: { defaultAction: 'Deny', virtualNetworkRules } },
    });
    await callArm(azure.standIn, 'PATCH', ACCOUNT_ID, closed([]));
    expect(eventsOf(await put(azure.standIn, ID, groupBody(azure)))).toEqual(['FailedMountAzureFileVolume']);
    await callArm(azure.standIn, 'PATCH', ACCOUNT_ID, closed([{ id: azure.subnetId, action: 'Allow' }]));
    expect(eventsOf(await put(azure.standIn, ID, groupBody(azure)))).toContain('Started');
  });
});
