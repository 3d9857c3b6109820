import { createDefaultHttpClient, type HttpClient } from '@azure/core-rest-pipeline';
import { ManagedIdentityCredential, type TokenCredential } from '@azure/identity';
import pTimeout from 'p-timeout';

import { AzureFailure } from './failure.js';
import { ANSWER_MS, SDK_RETRIES } from './patience.js';

/** Where Azure Container Instances run; its variables make the SDK refuse identities that a user has assigned. */
const SERVICE_FABRIC = ['IDENTITY_SERVER_THUMBPRINT', 'IDENTITY_ENDPOINT', 'IDENTITY_HEADER'] as const;

/**
 * Node.js loads `fetch`, and WebAssembly for it, as soon as anybody looks at FormData, as the SDK does with each request.
 * The runtime host has neither, to stay small.
 */
function doWithoutFetch(): void {
  if (!('WebAssembly' in globalThis)) Reflect.deleteProperty(globalThis, 'FormData');
}

/**
 * Tokens of a user-assigned identity of this container group, from the metadata service of the group.
 *
 * @param clientId of the identity
 * @throws {AzureFailure} from `getToken`, when there is none
 */
export function managedIdentity(clientId: string): TokenCredential {
  doWithoutFetch();
  if (process.env.IDENTITY_SERVER_THUMBPRINT) for (const name of SERVICE_FABRIC) delete process.env[name];
  const credential = new ManagedIdentityCredential({
    clientId,
    httpClient: withoutProxy(createDefaultHttpClient()),
    retryOptions: SDK_RETRIES,
  });
  return {
    getToken: (scopes, options) =>
      pTimeout(credential.getToken(scopes, options), { milliseconds: ANSWER_MS }).catch((error: unknown) => {
        throw identityFailure(error, clientId);
      }),
  };
}

/** The metadata service is on this machine, and the SDK would send even what is plain HTTP to HTTPS_PROXY. */
function withoutProxy(client: HttpClient): HttpClient {
  return {
    sendRequest: (request) => {
      delete request.agent;
      delete request.proxySettings;
      return client.sendRequest(request);
    },
  };
}

function identityFailure(error: unknown, clientId: string): AzureFailure {
  const status = (error as { cause?: { status?: unknown } }).cause?.status;
  const why =
    status === 400
      ? `the container group does not have the identity ${clientId}: assign it to the group`
      : `no token for the identity ${clientId}: the metadata service of the group ${
          typeof status === 'number' ? `answers with status ${status}` : 'cannot be reached'
        }: see that the group has an identity`;
  return new AzureFailure('identity', why, { cause: error });
}
