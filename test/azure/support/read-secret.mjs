// Reads one secret as a program in a container group does, and prints `value …` or `<status> <code>`.
import { ManagedIdentityCredential } from '@azure/identity';
import { SecretClient } from '@azure/keyvault-secrets';

const [vault, secret, clientId] = process.argv.slice(2);
const retryOptions = { maxRetries: 1, retryDelayInMs: 10 };
const client = new SecretClient(
  `https://${vault}.vault.azure.net`,
  new ManagedIdentityCredential({ clientId, retryOptions }),
  { retryOptions },
);
try {
  const { value } = await client.getSecret(secret);
  console.log(`value ${value}`);
} catch (error) {
  const inner = error.details?.error?.innerError?.code;
  console.log(`${error.statusCode ?? '-'} ${inner ?? error.message}`);
}
