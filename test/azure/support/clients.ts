import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

import type { PipelinePolicy } from '@azure/core-rest-pipeline';
import { ClientSecretCredential } from '@azure/identity';
import { SecretClient } from '@azure/keyvault-secrets';

import { TENANT, type AzureStandIn, type Vault } from '../stand-in/index.js';

const READ_SECRET = path.resolve('test/azure/support/read-secret.mjs');

/** Reads a secret with an identity, in a process of its own with nothing but the environment of a container group. */
export async function readSecret(
  env: Readonly<Record<string, string>>,
  vault: Vault,
  secret: string,
  clientId: string,
): Promise<string> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [READ_SECRET, vault.name, secret, clientId],
    { env: { PATH: process.env.PATH, ...env } },
  );
  return stdout.trim();
}

/**
 * The vault as whoever runs Terraform sees it, with the real client.
 *
 * @param clientSecret @default - the right one
 */
export function deployersClient(
  standIn: AzureStandIn,
  vault: Vault,
  clientSecret = standIn.deployer.clientSecret,
): SecretClient {
  const { agent } = standIn;
  const policy: PipelinePolicy = {
    name: 'stand-in',
    sendRequest: (request, next) => next(Object.assign(request, { agent })),
  };
  const options = {
    additionalPolicies: [{ policy, position: 'perCall' as const }],
    retryOptions: { maxRetries: 2, retryDelayInMs: 10 },
  };
  return new SecretClient(
    `https://${vault.name}.vault.azure.net`,
    new ClientSecretCredential(TENANT, standIn.deployer.clientId, clientSecret, options),
    options,
  );
}
