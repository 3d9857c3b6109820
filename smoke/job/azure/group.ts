import { IMAGE, type SmokeGroup } from '../../../topology/index.js';

/** Everything that a run in the network creates. */
export interface GroupInput extends SmokeGroup {
  /** Of the container group; no other run has it. */
  readonly name: string;
  /** Client id of the identity, which names it where a group has several. */
  readonly clientId: string;
  readonly manifestText: string;
  /** Options of the suite, as the command line has them. */
  readonly args: readonly string[];
}

/** A run that takes longer has lost whoever waits for it. */
export const LONGEST_RUN_SECONDS = 3 * 3600;

/** Marks the groups of the suite, and says when each was created (ISO 8601), which Azure does not. */
export const CREATED_TAG = 'copilot-runtimes-smoke';

export const CONTAINER = 'smoke';

const MOUNT = '/etc/copilot-runtimes';
const FILE = 'manifest.json';
/** Azure wants one of a group in a network; nobody listens. */
const PORT = { port: 80, protocol: 'TCP' } as const;

/** The body of a group that runs the suite once. It has no public address, and its manifest no secret. */
export function groupBody(input: GroupInput, now = new Date()) {
  const { location, subnet, identity, image, dnsServers, pull, clientId, manifestText, args } = input;
  const identities = [identity, ...(pull ? [pull.identity] : [])];
  return {
    location,
    identity: {
      type: 'UserAssigned',
      userAssignedIdentities: Object.fromEntries(identities.map((id) => [id, {}])),
    },
    tags: { [CREATED_TAG]: now.toISOString() },
    properties: {
      osType: 'Linux',
      sku: 'Standard',
      restartPolicy: 'Never',
      subnetIds: [{ id: subnet }],
      ipAddress: { type: 'Private', ports: [PORT] },
      dnsConfig: { nameServers: dnsServers },
      ...(pull && { imageRegistryCredentials: [{ server: pull.server, identity: pull.identity }] }),
      containers: [
        {
          name: CONTAINER,
          properties: {
            image,
            command: [
              ...IMAGE.init,
              'timeout',
              String(LONGEST_RUN_SECONDS),
              ...['node', IMAGE.cli, 'smoke', '--manifest', `${MOUNT}/${FILE}`, '--events'],
              ...args,
            ],
            environmentVariables: [
              { name: 'HOME', value: '/tmp' },
              { name: 'AZURE_CLIENT_ID', value: clientId },
            ],
            ports: [PORT],
            resources: { requests: { cpu: 1, memoryInGB: 1 } },
            volumeMounts: [{ name: 'manifest', mountPath: MOUNT, readOnly: true }],
          },
        },
      ],
      volumes: [{ name: 'manifest', secret: { [FILE]: Buffer.from(manifestText).toString('base64') } }],
    },
  };
}
