import { AzureError } from '../../exchange.js';
import { SUBNETS } from '../kinds/network.js';
import { same } from '../resource-id.js';
import { listOf, type Body, type Resource, type Store } from '../store.js';

import type { Container, GroupProperties, Volume } from './model.js';

/** A group that somebody wants. */
interface Wanted {
  readonly name: string;
  readonly body: Body;
  readonly properties: GroupProperties;
  readonly store: Store;
}

type Refusal = readonly [code: string, message: string];
type Rule = (wanted: Wanted) => Refusal | undefined;

/** Ports that Container Instances keeps to itself. */
const RESERVED: readonly (readonly [from: number, to: number])[] = [
  [22, 22],
  [1025, 1027],
  [3389, 3399],
  [9999, 9999],
  [19_000, 19_000],
  [19_080, 19_080],
  [19_100, 19_100],
  [19_390, 19_390],
  [20_000, 30_000],
  [49_152, 65_534],
];
const MOST = { ports: 5, containers: 60, volumes: 20, cores: 31, memoryInGB: 240 } as const;
const VOLUME_KINDS = ['azureFile', 'emptyDir', 'secret', 'gitRepo'] as const;

/**
 * What Container Instances refuses at once, though the provider's plan accepts it. Codes are Azure's where they are
 * publicly known (delegation, private and public addresses, identities, limits above requests), else in its manner.
 */
const RULES: readonly Rule[] = [
  function hasValidName({ name }) {
    if (/^[a-z0-9](-?[a-z0-9])*$/.test(name) && name.length <= 63) return undefined;
    return [
      'InvalidContainerGroupName',
      `The container group name '${name}' is invalid: up to 63 of a-z, 0-9 and single hyphens inside.`,
    ];
  },
  function publicAddressInNetwork({ name, properties: { ipAddress, subnetIds } }) {
    if (!subnetIds?.length || ipAddress?.type === 'Private') return undefined;
    if (ipAddress?.type === 'Public')
      return ['PublicIPAddressNotSupported', "IP Address type can't be public when network profile is set."];
    return [
      'IPAddressRequired',
      `IP address of container group '${name}' is required when network profile is set.`,
    ];
  },
  function privateAddressWithoutNetwork({ name, properties: { ipAddress, subnetIds } }) {
    if (ipAddress?.type !== 'Private' || subnetIds?.length) return undefined;
    return [
      'PrivateIPAddressNotSupported',
      `IP Address type in container group '${name}' is invalid. Private IP address is only supported when network profile is defined.`,
    ];
  },
  function delegatedSubnet({ name, properties: { subnetIds = [] }, store }) {
    if (subnetIds.length > 1)
      return ['MultipleSubnetsNotSupported', `Container group '${name}' can have at most one subnet.`];
    const [wanted] = subnetIds;
    if (!wanted) return undefined;
    const subnet = store.get(wanted.id);
    if (!subnet || !same(subnet.type, SUBNETS))
      return ['SubnetNotFound', `The subnet '${wanted.id}' of container group '${name}' was not found.`];
    if (delegates(subnet)) return undefined;
    return [
      'SubnetMissingRequiredDelegation',
      `Subnet missing required delegation 'Microsoft.ContainerInstance' for container group '${name}'.`,
    ];
  },
  function spotOrConfidentialInNetwork({ name, properties: { priority, sku, subnetIds } }) {
    if (!subnetIds?.length || (priority !== 'Spot' && sku !== 'Confidential')) return undefined;
    const what = priority === 'Spot' ? 'Spot priority' : 'the Confidential sku';
    return [
      'VnetNotSupported',
      `Container group '${name}' with ${what} is not supported in a virtual network.`,
    ];
  },
  function countsOfContainers({ name, properties: { containers = [], volumes = [] } }) {
    if (containers.length < 1 || containers.length > MOST.containers)
      return [
        'InvalidContainerCount',
        `Container group '${name}' must have 1 to ${MOST.containers} containers.`,
      ];
    if (volumes.length > MOST.volumes)
      return ['TooManyVolumes', `Container group '${name}' can have at most ${MOST.volumes} volumes.`];
    return undefined;
  },
  function requests({ name, properties: { containers } }) {
    for (const { name: container, properties } of containers) {
      const asked = properties.resources?.requests;
      if (!asked?.cpu || !asked.memoryInGB)
        return [
          'ResourceSomeRequestsNotSpecified',
          `The '${asked?.cpu ? 'MemoryInGB' : 'Cpu'}' request is not specified in container '${container}' in container group '${name}'. It is required and must be greater than zero.`,
        ];
      if (!isMultiple(asked.cpu, 0.01) || !isMultiple(asked.memoryInGB, 0.1))
        return [
          'InvalidResourceRequest',
          `The request of ${asked.cpu} CPU and ${asked.memoryInGB} GB in container '${container}' is invalid: CPU must be a multiple of 0.01 and memory of 0.1.`,
        ];
    }
    const { cores, memoryInGB } = resourcesOf(containers);
    if (cores > MOST.cores || memoryInGB > MOST.memoryInGB)
      return ['ServiceUnavailable', notAvailable(containers)];
    return undefined;
  },
  function limits({ name, properties: { containers } }) {
    const { cores } = resourcesOf(containers);
    const wrong = containers.find(({ properties }) => (properties.resources?.limits?.cpu ?? 0) > cores);
    if (!wrong) return undefined;
    return [
      'ContainerLimitGreaterThanContainerGroupTotalRequest',
      `The 'Cpu' limit '${wrong.properties.resources!.limits!.cpu}' in container '${wrong.name}' is greater than the total request '${cores}' of container group '${name}'.`,
    ];
  },
  function ports({ name, properties: { ipAddress, containers } }) {
    const outside = (ipAddress?.ports ?? []).map(({ port }) => port);
    const inside = containers.flatMap(({ properties }) => properties.ports ?? []).map(({ port }) => port);
    const reserved = [...outside, ...inside].find((port) =>
      RESERVED.some(([from, to]) => port >= from && port <= to),
    );
    if (reserved !== undefined)
      return ['PortNotAvailable', `The port '${reserved}' in container group '${name}' is reserved.`];
    if (outside.length > MOST.ports)
      return [
        'TooManyIPAddressPorts',
        `The IP address of container group '${name}' can have at most ${MOST.ports} ports, got ${outside.length}.`,
      ];
    const missing = outside.find((port) => !inside.includes(port));
    if (missing !== undefined)
      return [
        'ContainerGroupPortNotFound',
        `The port '${missing}' of the IP address in container group '${name}' is the port of no container.`,
      ];
    const twice = inside.find((port, index) => inside.indexOf(port) !== index);
    if (twice === undefined) return undefined;
    return ['DuplicateContainerPort', `The port '${twice}' is used twice in container group '${name}'.`];
  },
  function volumes({ name, properties: { containers, initContainers = [], volumes = [] } }) {
    const wrong = volumes.find((volume) => kindsOf(volume).length !== 1);
    if (wrong)
      return [
        'InvalidVolume',
        `The volume '${wrong.name}' in container group '${name}' must have exactly one kind, got ${kindsOf(wrong).join(', ') || 'none'}.`,
      ];
    const keyless = volumes.find(({ azureFile }) => azureFile && !azureFile.storageAccountKey);
    if (keyless)
      return [
        'StorageAccountKeyNotSpecified',
        `The storage account key of volume '${keyless.name}' in container group '${name}' is missing.`,
      ];
    const names = volumes.map((volume) => volume.name);
    const mount = [...containers, ...initContainers]
      .flatMap(({ properties }) => properties.volumeMounts ?? [])
      .find((one) => !names.includes(one.name));
    if (mount)
      return ['VolumeMountNotFound', `The volume mount '${mount.name}' of '${name}' names no volume.`];
    const twice = names.find((one, index) => names.indexOf(one) !== index);
    return twice === undefined
      ? undefined
      : ['DuplicateVolumeName', `The volume '${twice}' stands twice in container group '${name}'.`];
  },
  function probes({ name, properties: { containers } }) {
    for (const { name: container, properties } of containers)
      for (const probe of [properties.livenessProbe, properties.readinessProbe])
        if (probe && [probe.exec, probe.httpGet].filter(Boolean).length !== 1)
          return [
            'InvalidProbe',
            `A probe of container '${container}' in container group '${name}' must have either exec or httpGet.`,
          ];
    return undefined;
  },
  function identities({ name, body: { identity }, properties, store }) {
    const own = Object.keys(identity?.userAssignedIdentities ?? {});
    const missing = own.find((id) => !store.get(id));
    if (missing)
      return [
        'FailedIdentityOperation',
        `Identity operation for resource '${name}' failed with error 'Failed to perform resource identity operation. Status: 'BadRequest'. Response: 'Resource '${missing}' was not found.''.`,
      ];
    const puller = (properties.imageRegistryCredentials ?? []).find(
      (one) => one.identity && !own.some((id) => same(id, one.identity)),
    );
    if (!puller) return undefined;
    return [
      'InvalidImageRegistryIdentity',
      `The identity '${puller.identity}' for registry '${puller.server}' is not among the identities of '${name}'.`,
    ];
  },
];

/** @throws AzureError with the first thing that Container Instances refuses about a group */
export function refuseMistakes(name: string, body: Body, store: Store): void {
  const wanted: Wanted = { name, body, properties: body.properties as GroupProperties, store };
  for (const rule of RULES) {
    const refusal = rule(wanted);
    if (refusal) throw new AzureError(400, ...refusal);
  }
}

/** What the containers of a group ask for, together. */
export function resourcesOf(containers: readonly Container[]) {
  const sum = (of: 'cpu' | 'memoryInGB') =>
    containers.reduce((total, { properties }) => total + (properties.resources?.requests?.[of] ?? 0), 0);
  return { cores: sum('cpu'), memoryInGB: sum('memoryInGB') };
}

export function notAvailable(containers: readonly Container[], location = 'westeurope'): string {
  const { cores, memoryInGB } = resourcesOf(containers);
  return `The requested resource is not available in the location '${location}' at this moment. Please retry with a different resource request or in another location. Resource requested: '${cores}' CPU '${memoryInGB}' GB memory 'Linux' OS`;
}

const delegates = ({ body }: Resource) =>
  listOf<{ properties?: { serviceName?: string } }>(body.properties, 'delegations').some(({ properties }) =>
    same(properties?.serviceName, 'Microsoft.ContainerInstance/containerGroups'),
  );

const kindsOf = (volume: Volume) => VOLUME_KINDS.filter((kind) => volume[kind] !== undefined);

const isMultiple = (value: number, of: number) => Math.abs(value / of - Math.round(value / of)) < 1e-9;
