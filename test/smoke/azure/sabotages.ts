import { GATEWAY_NAME } from '../../../topology/index.js';
import { standInGitHubToken } from '../../../topology/stand-in.js';

import { container, group, type AzureSabotage } from './sabotage.js';

/** The runtimes that every sabotage finds. */
export const DEDICATED = 'tenant/acme';
export const OTHER = 'tenant/globex';

/** Every sabotage of a deployment on Azure, in the order of the checks that they are for. */
export const AZURE_SABOTAGES: readonly AzureSabotage[] = [
  {
    id: 'crossed-record',
    breaks: 'The record of a container group leads to the group of another tenant.',
    caughtBy: 'record-leads-home',
    also: ['reachable'],
    apiOnly: true,
    break: async (breaking) => breaking.record(DEDICATED, breaking.addressOf(OTHER)),
  },
  {
    id: 'empty-record',
    breaks: 'The record of a container group was emptied, and the group cannot write it.',
    caughtBy: 'record-leads-home',
    also: ['reachable'],
    apiOnly: true,
    break: async (breaking) => breaking.record(DEDICATED),
  },
  {
    id: 'vault-wide-identity',
    breaks: 'The identity of a runtime was given the whole vault, to make things work.',
    caughtBy: 'own-secrets-only',
    break: async (breaking) => breaking.assign(DEDICATED, 'Key Vault Secrets User', breaking.vault.id),
  },
  {
    id: 'secret-of-a-neighbour',
    breaks: 'The identity of a runtime was given the connection token of another one.',
    caughtBy: 'own-secrets-only',
    break: async (breaking) => {
      const [token] = breaking.expected(OTHER).secrets;
      return breaking.assign(DEDICATED, 'Key Vault Secrets User', `${breaking.vault.id}/secrets/${token}`);
    },
  },
  {
    id: 'network-opened',
    breaks: 'The security groups were taken off the subnets: all addresses of the network reach each other.',
    caughtBy: 'network-apart',
    break: async (breaking) => breaking.openNetwork(),
  },
  {
    id: 'share-of-another',
    breaks: 'The file share of one tenant is mounted in the container group of another, beside its own.',
    caughtBy: 'state-on-share',
    break: group(DEDICATED, ({ properties }, breaking) => {
      const { azureFile } = breaking.volumeOf(OTHER);
      properties.volumes.push({ name: 'backup', azureFile });
      properties.containers[0].properties.volumeMounts.push({ name: 'backup', mountPath: '/mnt/backup' });
    }),
  },
  {
    id: 'no-share',
    breaks: 'Sessions lie on an empty directory instead of the share: they are gone with the group.',
    caughtBy: 'state-on-share',
    break: group(DEDICATED, ({ properties }) => {
      const [volume] = properties.volumes;
      delete volume.azureFile;
      volume.emptyDir = {};
    }),
  },
  {
    id: 'token-in-group',
    breaks: 'Somebody wrote a connection token into the environment of a container group, to look at it.',
    caughtBy: 'secrets-not-in-group',
    apiOnly: true,
    break: container(DEDICATED, ({ environmentVariables }, breaking) =>
      environmentVariables.push({ name: 'TOKEN', value: breaking.token(OTHER) }),
    ),
  },
  {
    id: 'token-in-command',
    breaks: 'A connection token stands, in base 64, in the command of the gateway.',
    caughtBy: 'secrets-not-in-group',
    apiOnly: true,
    break: container(GATEWAY_NAME, ({ command }, breaking) => {
      const token = Buffer.from(breaking.token(DEDICATED)).toString('base64');
      command.splice(command.indexOf('node'), 0, 'env', `TOKEN=${token}`);
    }),
  },
  {
    id: 'secure-variable',
    breaks: 'A connection token comes to a container as a secure variable, which lies in Terraform’s state.',
    caughtBy: 'secrets-not-in-group',
    apiOnly: true,
    break: container(DEDICATED, ({ environmentVariables }, breaking) =>
      environmentVariables.push({ name: 'TOKEN', secureValue: breaking.token(DEDICATED) }),
    ),
  },
  {
    id: 'token-in-tag',
    breaks: 'A tool keeps a GitHub token in a tag of a container group.',
    caughtBy: 'secrets-not-in-group',
    apiOnly: true,
    break: group(DEDICATED, (body) => {
      body.tags = { ...body.tags, token: standInGitHubToken('acme') };
    }),
  },
  {
    id: 'public-address',
    breaks: 'A container group was created anew with a public address.',
    caughtBy: 'group-as-planned',
    apiOnly: true,
    runs: false,
    break: group(DEDICATED, ({ properties }) => {
      properties.ipAddress.type = 'Public';
    }),
  },
  {
    id: 'public-name',
    breaks: 'The gateway was given a public name.',
    caughtBy: 'group-as-planned',
    apiOnly: true,
    break: group(GATEWAY_NAME, ({ properties }) => {
      properties.ipAddress.dnsNameLabel = 'acme';
    }),
  },
  {
    id: 'other-group-image',
    breaks: 'A container group runs another image than the one that is planned.',
    caughtBy: 'group-as-planned',
    apiOnly: true,
    break: container(DEDICATED, (properties) => {
      properties.image = 'acme.azurecr.io/copilot-runtimes:of-tomorrow';
    }),
  },
  {
    id: 'other-subnet',
    breaks: 'A runtime was moved into the subnet of the smoke suite, which every runtime lets in.',
    caughtBy: 'group-as-planned',
    apiOnly: true,
    // Its share refuses to be mounted from there, so that it would never start.
    runs: false,
    break: group(DEDICATED, ({ properties }) => {
      const [{ id }] = properties.subnetIds;
      properties.subnetIds = [{ id: id.replace(/[^/]+$/, 'smoke') }];
    }),
  },
  {
    id: 'second-identity',
    breaks: 'A container group has the identity of another runtime beside its own.',
    caughtBy: 'group-as-planned',
    apiOnly: true,
    break: group(DEDICATED, ({ identity }, breaking) => {
      identity.userAssignedIdentities[breaking.expected(OTHER).identity] = {};
    }),
  },
  {
    id: 'never-restarted',
    breaks: 'The restart policy of a container group was changed: what ends stays down.',
    caughtBy: 'group-as-planned',
    also: ['history-after-restart'],
    apiOnly: true,
    disruptive: true,
    break: group(DEDICATED, ({ properties }) => {
      properties.restartPolicy = 'Never';
    }),
  },
];
