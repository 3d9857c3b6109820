import type { Answer } from './exchange.js';
import { LOGIN_HOST } from './login.js';

export const ARM_HOST = 'management.azure.com';
export const VAULT_SUFFIX = 'vault.azure.net';

/** `/metadata/endpoints`: where this cloud has what. Real names, which the proxy leads to the stand-in. */
export const CLOUD: Answer = {
  status: 200,
  body: {
    name: 'AzureCloud (stand-in)',
    portal: 'https://portal.azure.com',
    // Without a slash at the end, which the provider's deletes cannot cope with behind a custom metadata host.
    resourceManager: `https://${ARM_HOST}`,
    microsoftGraphResourceId: 'https://graph.microsoft.com/',
    graph: 'https://graph.windows.net/',
    authentication: {
      loginEndpoint: `https://${LOGIN_HOST}`,
      audiences: [`https://${ARM_HOST}/`, 'https://management.core.windows.net/'],
      tenant: 'common',
      identityProvider: 'AAD',
    },
    suffixes: {
      keyVaultDns: VAULT_SUFFIX,
      storage: 'core.windows.net',
      acrLoginServer: 'azurecr.io',
      mhsmDns: 'managedhsm.azure.net',
    },
  },
};
