import type { Kind } from '../kind.js';

export const IDENTITIES = 'Microsoft.ManagedIdentity/userAssignedIdentities';

/** User-assigned identities: each is somebody who can sign in. */
export const identities: Kind = {
  type: IDENTITIES,
  put(asked, { azure, path, before }) {
    if (before) return { ...asked, properties: before.body.properties };
    const { objectId, clientId } = azure.directory.addManagedIdentity(path.id);
    return { ...asked, properties: { principalId: objectId, clientId, tenantId: azure.directory.tenantId } };
  },
  remove({ body }, { directory }) {
    directory.remove({ objectId: body.properties.principalId as string });
  },
};
