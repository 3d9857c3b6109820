import type { Directory } from '../../directory.js';
import { AzureError } from '../../exchange.js';
import type { Container, GroupProperties, Volume } from '../container-groups/model.js';
import { refuseMistakes, resourcesOf } from '../container-groups/rules.js';
import type { Change, Kind } from '../kind.js';
import { regionName } from '../limits.js';
import type { Body, Resource } from '../store.js';

export const CONTAINER_GROUPS = 'Microsoft.ContainerInstance/containerGroups';

/** Container groups. What they keep secret is never shown again; only a PUT that says it once more keeps it. */
export const containerGroups: Kind = {
  type: CONTAINER_GROUPS,
  put(asked, change) {
    refuseMistakes(change.path.name, asked, change.azure.store);
    if (change.before) refuseRebuilding(asked, change.before);
    refuseTooMany(asked, change);
    const { sku = 'Standard', ...properties } = asked.properties;
    return { ...asked, properties: { ...properties, sku } };
  },
  // Tags alone can be patched, and nothing restarts.
  patch: (asked, { before }) => ({ ...before.body, ...(asked.tags ? { tags: asked.tags } : {}) }),
  after: (resource, { groups }) => groups.start(resource),
  remove: (resource, { groups }) => groups.remove(resource),
  show(resource, { groups, directory }) {
    const { body } = resource;
    const properties = body.properties as GroupProperties;
    const life = groups.life(resource);
    const containers = properties.containers.map((one) => ({
      name: one.name,
      properties: { ...shownContainer(one), instanceView: life?.viewOf(one.name) },
    }));
    const { ipAddress } = properties;
    return {
      ...body,
      ...(body.identity ? { identity: shownIdentity(body.identity, directory) } : {}),
      properties: {
        ...properties,
        containers,
        initContainers: properties.initContainers ?? [],
        volumes: (properties.volumes ?? []).map(shownVolume),
        ...(ipAddress ? { ipAddress: { ...ipAddress, ...(life?.address ? { ip: life.address } : {}) } } : {}),
        ...shownSecrets(properties),
        instanceView: { events: [], state: life?.state ?? 'Pending' },
      },
    };
  },
  actions: {
    async restart(resource, { groups }) {
      await groups.start(resource);
      return { status: 204 };
    },
    async start(resource, { groups }) {
      await groups.start(resource);
      return { status: 204 };
    },
    async stop(resource, { groups }) {
      await groups.stop(resource);
      return { status: 204 };
    },
  },
};

function refuseRebuilding(asked: Body, { name, body }: Resource): void {
  const fixed = ({ properties }: Body) => {
    const { osType, restartPolicy = 'Always', subnetIds = [], containers } = properties as GroupProperties;
    const resources = containers.map((one) => one.properties.resources?.requests);
    return JSON.stringify([osType, restartPolicy, subnetIds.map(({ id }) => id.toLowerCase()), resources]);
  };
  if (fixed(asked) === fixed(body)) return;
  throw new AzureError(
    400,
    'InvalidContainerGroupUpdate',
    `The updates on container group '${name}' are invalid. If you are going to update the os type, restart policy, network profile, CPU, memory or GPU resources for a container group, you must delete it first and then create a new one.`,
  );
}

function refuseTooMany(asked: Body, { azure: { groups, limits }, path, before }: Change): void {
  const location = regionName(asked.location ?? '');
  const others = groups.inRegion(location).filter(({ id }) => id !== (before?.id ?? path.id));
  const coresOf = (body: Body) => resourcesOf((body.properties as GroupProperties).containers).cores;
  const cores = others.reduce((sum, { body }) => sum + coresOf(body), 0);
  const reached = (quota: string, limit: number, usage: number, requested: number) =>
    new AzureError(
      409,
      'ContainerGroupQuotaReached',
      `Resource type 'Microsoft.ContainerInstance/containerGroups' container group quota '${quota}' exceeded in region '${location}'. Limit: '${limit}', Usage: '${usage}' Requested: '${requested}'.`,
    );
  if (others.length + 1 > limits.groups) throw reached('ContainerGroups', limits.groups, others.length, 1);
  if (cores + coresOf(asked) > limits.cores)
    throw reached('StandardCores', limits.cores, cores, coresOf(asked));
  if (!before && groups.countCreate() > limits.createsPerHour)
    throw new AzureError(
      429,
      'TooManyRequests',
      'The limit of container group creations per hour is reached.',
      {
        headers: { 'Retry-After': '60' },
      },
    );
}

function shownContainer({ properties }: Container) {
  return {
    command: [],
    ports: [],
    ...properties,
    environmentVariables: (properties.environmentVariables ?? []).map(({ name, value }) =>
      value === undefined ? { name } : { name, value },
    ),
  };
}

function shownVolume(volume: Volume) {
  if (!volume.azureFile) return volume.secret ? { ...volume, secret: {} } : volume;
  const { storageAccountKey: _, ...azureFile } = volume.azureFile;
  return { ...volume, azureFile };
}

function shownSecrets({ imageRegistryCredentials, diagnostics }: GroupProperties) {
  const without = (secret: string, of: object) =>
    Object.fromEntries(Object.entries(of).filter(([name]) => name !== secret));
  return {
    ...(imageRegistryCredentials
      ? { imageRegistryCredentials: imageRegistryCredentials.map((one) => without('password', one)) }
      : {}),
    ...(diagnostics?.logAnalytics
      ? { diagnostics: { logAnalytics: without('workspaceKey', diagnostics.logAnalytics) } }
      : {}),
  };
}

function shownIdentity(identity: NonNullable<Body['identity']>, directory: Directory) {
  const all = Object.keys(identity.userAssignedIdentities ?? {}).map((id) => {
    const { objectId: principalId, clientId } = directory.identityOf(id) ?? { objectId: '', clientId: '' };
    return [id, { principalId, clientId }] as const;
  });
  return {
    type: identity.type,
    tenantId: directory.tenantId,
    userAssignedIdentities: Object.fromEntries(all),
  };
}
