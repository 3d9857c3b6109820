import {
  GATEWAY_PORTS,
  GATEWAY_SECRET_FILES,
  GATEWAY_VAULT_DIRECTORY,
  type GatewayConfig,
} from '../gateway-contract.js';
import type { GatewayPlace } from '../gateway.js';
import type { Plan } from '../plan.js';

type VaultFiles = NonNullable<GatewayConfig['keyVaultFiles']>;

const TOKENS = 'tokens';

/**
 * What of the gateway's configuration Azure decides: its secrets are files as everywhere, which it mirrors from the
 * vault itself.
 *
 * @returns undefined for a plan without a gateway on Azure
 */
export function azureGatewayPlace({ gateway, azure, runtimes }: Plan): GatewayPlace | undefined {
  if (!gateway || !azure?.gateway) return undefined;
  const { tokenSecrets, redisPasswordSecret } = azure.gateway;
  const replicas = runtimes.filter(({ replica }) => replica !== undefined);
  const replicaFile = (replica = 0) => `replicas/${replica}`;
  const keyVaultFiles: VaultFiles = {};
  for (const { id, replica, connectionToken } of replicas) {
    const secret = azure.runtimes[id]!.secrets.connectionToken;
    keyVaultFiles[replicaFile(replica)] = { secret, revision: connectionToken.revision };
  }
  for (const [key, secret] of Object.entries(tokenSecrets)) {
    const [tenant = '', slot] = key.split('.') as [string, 'a' | 'b'];
    keyVaultFiles[`${TOKENS}/${key}`] = { secret, revision: gateway.tenants[tenant]?.tokens[slot] ?? 1 };
  }
  const password = gateway.lock?.password;
  if (redisPasswordSecret !== undefined && password) {
    keyVaultFiles[GATEWAY_SECRET_FILES.redisPassword] = {
      secret: redisPasswordSecret,
      revision: password.revision,
    };
  }
  return {
    listen: `0.0.0.0:${gateway.port}`,
    health: `0.0.0.0:${GATEWAY_PORTS.health}`,
    tokens: { kind: 'directory', path: `${GATEWAY_VAULT_DIRECTORY}/${TOKENS}` },
    replicas: Object.fromEntries(
      replicas.map(({ id, replica, port }) => [
        id,
        {
          address: `${azure.runtimes[id]!.host}:${port}`,
          connectionTokenFile: `${GATEWAY_VAULT_DIRECTORY}/${replicaFile(replica)}`,
        },
      ]),
    ),
    ...(redisPasswordSecret !== undefined && {
      redisPasswordFile: `${GATEWAY_VAULT_DIRECTORY}/${GATEWAY_SECRET_FILES.redisPassword}`,
    }),
    keyVaultFiles,
  };
}
