import { AzureError } from '../../exchange.js';
import { Secrets } from '../../vault/secrets.js';
import type { Kind } from '../kind.js';

export const VAULTS = 'Microsoft.KeyVault/vaults';

/** Key Vaults; their secrets are behind their data plane. */
export const vaults: Kind = {
  type: VAULTS,
  put(asked, { azure, path: { id, name }, before }) {
    if (!before && azure.vaults.has(name))
      throw new AzureError(409, 'VaultAlreadyExists', `The vault name '${name}' is already in use.`);
    const purgeProtected = asked.properties.enablePurgeProtection === true;
    const vault = azure.vaults.get(name) ?? { name, id, secrets: new Secrets(), purgeProtected };
    azure.vaults.set(name, Object.assign(vault, { purgeProtected }));
    return {
      ...asked,
      properties: {
        accessPolicies: [],
        enableRbacAuthorization: true,
        enableSoftDelete: true,
        softDeleteRetentionInDays: 90,
        publicNetworkAccess: 'Enabled',
        ...asked.properties,
        vaultUri: `https://${name}.vault.azure.net/`,
      },
    };
  },
  remove({ name }, { vaults: all }) {
    all.delete(name);
  },
};

/** Secrets as Resource Manager tells of them: that they are there, never what they are. */
export const vaultSecrets: Kind = {
  type: `${VAULTS}/secrets`,
  byDefault({ parent, name }, { vaults: all }) {
    const secret = all.get(parent?.split('/').at(-1) ?? '')?.secrets.get(name ?? '');
    return secret && { properties: { attributes: { enabled: secret.attributes.enabled } } };
  },
};
