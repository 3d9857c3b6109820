import { randomBytes } from 'node:crypto';

import { AzureError } from '../../exchange.js';
import type { Kind } from '../kind.js';
import { same } from '../resource-id.js';
import type { Properties } from '../store.js';

export const ACCOUNTS = 'Microsoft.Storage/storageAccounts';
export const SHARES = `${ACCOUNTS}/fileServices/shares`;

interface Keys {
  readonly keys: readonly string[];
}

/** Storage accounts. Their keys are kept beside the properties, and only listKeys shows them. */
export const accounts: Kind = {
  type: ACCOUNTS,
  createdStatus: 200,
  put(asked, { azure, path: { name }, before }) {
    if (!/^[a-z0-9]{3,24}$/.test(name))
      throw new AzureError(
        400,
        'AccountNameInvalid',
        `${name} is not a valid storage account name. Storage account name must be between 3 and 24 characters in length and use numbers and lower-case letters only.`,
      );
    const elsewhere = azure.store.list(ACCOUNTS).some((one) => one.name === name && one !== before);
    if (azure.limits.takenAccounts.has(name) || elsewhere)
      throw new AzureError(
        409,
        'StorageAccountAlreadyTaken',
        `The storage account named ${name} is already taken.`,
      );
    return {
      ...asked,
      sku: withTier(asked.sku),
      properties: { ...accountProperties(name, asked.properties, before?.body.properties) },
    };
  },
  patch(asked, { before }) {
    const { body } = before;
    return {
      ...body,
      ...(asked.tags ? { tags: asked.tags } : {}),
      sku: withTier(asked.sku ?? body.sku),
      properties: { ...body.properties, ...asked.properties },
    };
  },
  show({ body }) {
    const { keys: _, ...properties } = body.properties as Properties & Keys;
    return { ...body, properties };
  },
  actions: {
    listKeys: ({ body }) => ({ status: 200, body: { keys: shownKeys(body.properties) } }),
    regenerateKey: (resource, { store }, request) => {
      const { keyName } = JSON.parse(request.text) as { keyName: string };
      const keys = [...keysOf(resource.body.properties)];
      keys[keyName === 'key2' ? 1 : 0] = newKey();
      const properties = { ...resource.body.properties, keys };
      store.put({ ...resource, body: { ...resource.body, properties } });
      return { status: 200, body: { keys: shownKeys(properties) } };
    },
  },
};

/** The keys with which a share of an account may be mounted. */
export const keysOf = (properties: Properties): readonly string[] => (properties as unknown as Keys).keys;

const shownKeys = (properties: Properties) =>
  keysOf(properties).map((value, index) => ({ keyName: `key${index + 1}`, value, permissions: 'FULL' }));

const newKey = () => randomBytes(64).toString('base64');

const withTier = (sku: { readonly name: string } = { name: 'Standard_LRS' }) => ({
  name: sku.name,
  tier: sku.name.split('_')[0]!,
});

function accountProperties(name: string, asked: Properties, before: Properties | undefined): Properties {
  const endpoint = (service: string) => `https://${name}.${service}.core.windows.net/`;
  const services = ['blob', 'file', 'queue', 'table', 'dfs', 'web'];
  return {
    keys: [newKey(), newKey()],
    creationTime: new Date().toISOString(),
    primaryLocation: 'westeurope',
    statusOfPrimary: 'available',
    networkAcls: { bypass: 'AzureServices', defaultAction: 'Allow', ipRules: [], virtualNetworkRules: [] },
    encryption: {
      keySource: 'Microsoft.Storage',
      services: { blob: { enabled: true }, file: { enabled: true } },
    },
    ...before,
    ...asked,
    primaryEndpoints: Object.fromEntries(services.map((service) => [service, endpoint(service)])),
  };
}

const service = (kind: string): Kind => ({
  type: `${ACCOUNTS}/${kind}`,
  createdStatus: 200,
  byDefault: ({ parent }, { store }) =>
    parent && store.get(parent)
      ? { properties: { shareDeleteRetentionPolicy: { enabled: false, days: 0 } } }
      : undefined,
});

export const blobServices = service('blobServices');
export const queueServices = service('queueServices');
export const fileServices: Kind = {
  ...service('fileServices'),
  put(asked) {
    const { smb = {} } = (asked.properties.protocolSettings ?? {}) as { readonly smb?: object };
    // What is empty is not set: Azure takes its own choice, and does not show it.
    const set = Object.entries(smb).filter(([, value]) => value !== '');
    const protocolSettings = { smb: Object.fromEntries(set) };
    return { ...asked, properties: { ...asked.properties, protocolSettings } };
  },
};

/** File shares; one that is deleted can be got back for the days that its account keeps it. */
export const shares: Kind = {
  type: SHARES,
  put(asked, { azure, path, before }) {
    const service = path.parent!;
    const account = service.split('/').slice(0, -2).join('/');
    if (!azure.store.get(account))
      throw new AzureError(404, 'ParentResourceNotFound', `no account ${account}`);
    if (!/^[a-z0-9](-?[a-z0-9]){2,62}$/.test(path.name))
      throw new AzureError(
        400,
        'InvalidResourceName',
        `The specified resource name ${path.name} contains invalid characters.`,
      );
    return {
      ...asked,
      properties: {
        enabledProtocols: 'SMB',
        accessTier: 'TransactionOptimized',
        shareQuota: 5120,
        leaseState: 'available',
        ...before?.body.properties,
        ...asked.properties,
      },
    };
  },
  remove({ id, name }, { store, groups }) {
    const service = store.get(id.split('/').slice(0, -2).join('/'));
    const policy = service?.body.properties.shareDeleteRetentionPolicy as { enabled?: boolean } | undefined;
    groups.shares.remove(accountOf(id), name, policy?.enabled === true);
  },
};

/** Name of the account that a share is in. */
export const accountOf = (shareId: string): string => {
  const segments = shareId.split('/');
  return segments[segments.findIndex((segment) => same(segment, 'storageAccounts')) + 1]!;
};
