import { readFile } from 'node:fs/promises';

import type { TokenCredential } from '@azure/identity';

import type { Cloud } from './cloud.js';
import { AzureError } from './errors.js';
import { jsonOf } from './json.js';

/** As Terraform's provider reads a flag. */
const isOn = (flag: string | undefined) => /^(true|1)$/i.test(flag ?? '');

/**
 * The credentials that Terraform will use, from the variables that its provider reads (`ARM_…`); else what
 * DefaultAzureCredential finds, such as `az login` or a managed identity.
 *
 * @throws {AzureError} when the variables name half of an identity
 */
export async function credentialsOf(env: NodeJS.ProcessEnv, { authority }: Cloud): Promise<TokenCredential> {
  // Only now: it takes a fifth of a second to load.
  const identity = await import('@azure/identity');
  const { ARM_TENANT_ID: tenant, ARM_CLIENT_ID: client, ARM_CLIENT_SECRET: secret } = env;
  const options = { authorityHost: authority };
  if (isOn(env.ARM_USE_MSI)) {
    return new identity.ManagedIdentityCredential({ ...(client && { clientId: client }) });
  }
  const assertion = isOn(env.ARM_USE_OIDC) ? assertionOf(env) : undefined;
  if (!secret && !assertion) return new identity.DefaultAzureCredential(options);
  if (!tenant || !client) {
    const missing = [...(tenant ? [] : ['ARM_TENANT_ID']), ...(client ? [] : ['ARM_CLIENT_ID'])];
    throw new AzureError(
      `${secret ? 'ARM_CLIENT_SECRET' : 'ARM_USE_OIDC'} is set without ${missing.join(' and ')}: set ${missing.length === 1 ? 'it' : 'them'} too, for Terraform needs all three`,
    );
  }
  return assertion
    ? new identity.ClientAssertionCredential(tenant, client, assertion, options)
    : new identity.ClientSecretCredential(tenant, client, secret!, options);
}

/** Where the token of another identity provider, such as that of a CI, comes from. */
function assertionOf(env: NodeJS.ProcessEnv): () => Promise<string> {
  const { ARM_OIDC_TOKEN: token, ARM_OIDC_TOKEN_FILE_PATH: file } = env;
  if (token) return () => Promise.resolve(token);
  if (file) return () => readFile(file, 'utf8');
  const url = env.ARM_OIDC_REQUEST_URL || env.ACTIONS_ID_TOKEN_REQUEST_URL;
  const bearer = env.ARM_OIDC_REQUEST_TOKEN || env.ACTIONS_ID_TOKEN_REQUEST_TOKEN;
  if (url && bearer) return () => requestAssertion(url, bearer);
  throw new AzureError(
    'ARM_USE_OIDC is set without a token: set ARM_OIDC_TOKEN, ARM_OIDC_TOKEN_FILE_PATH, or ARM_OIDC_REQUEST_URL with ARM_OIDC_REQUEST_TOKEN (in GitHub Actions: "permissions: { id-token: write }")',
  );
}

/** What Azure expects to be named as the audience of such a token. */
const AUDIENCE = 'api://AzureADTokenExchange';

async function requestAssertion(from: string, bearer: string): Promise<string> {
  const [{ createHttpHeaders, createPipelineFromOptions, createPipelineRequest }, { clientWithDeadline }] =
    await Promise.all([import('@azure/core-rest-pipeline'), import('./http.js')]);
  const url = new URL(from);
  url.searchParams.set('audience', AUDIENCE);
  const headers = createHttpHeaders({ authorization: `Bearer ${bearer}`, accept: 'application/json' });
  const { status, bodyAsText } = await createPipelineFromOptions({}).sendRequest(
    clientWithDeadline(),
    createPipelineRequest({ url: url.href, headers }),
  );
  const value = jsonOf(bodyAsText).value;
  if (typeof value === 'string') return value;
  throw new AzureError(
    `the address that ARM_USE_OIDC asks for a token gives none (${status}): check that the job may ask for one`,
  );
}
