import { managedIdentity } from '../managed-identity/credential.js';

import { Vault } from './vault.js';

/**
 * A vault as the managed identity of this container group may read it.
 *
 * @param answerMs longest wait for an answer, in milliseconds; 20 s by default
 */
export const openVault = (url: string, clientId: string, answerMs?: number) =>
  new Vault(url, managedIdentity(clientId), clientId, answerMs);
