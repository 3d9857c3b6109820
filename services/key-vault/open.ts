import { managedIdentity } from '../managed-identity/credential.js';

import { Vault } from './vault.js';

/** A vault as the managed identity of this container group may read it. */
export const openVault = (url: string, clientId: string) =>
  new Vault(url, managedIdentity(clientId), clientId);
