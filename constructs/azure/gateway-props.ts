import type { TerraformProvider } from 'cdktf';

import { SECRET_BYTES } from '../../topology/azure/limits.js';
import { isKnown, type PropRule } from '../common/validation.js';

import { CONTAINER_GROUP_RULES, sizes, type ContainerGroupProps } from './container-group.js';
import { azureName, groupPort, resourceId } from './rules.js';
import type { SecretValue } from './runtime-secrets.js';

/** A tenant that a gateway serves. */
export interface GatewayTenantProps {
  /** Slots of the tenant's token: the secret of each, and its revision. Raise it to rotate, leave one out to revoke. */
  readonly tokens: Readonly<
    Partial<Record<'a' | 'b', { readonly name: string; readonly revision?: number }>>
  >;
  /** Object ids of who else may read the tokens, by a key of yours: the tenant's back ends. @default - nobody */
  readonly readers?: Readonly<Record<string, string>>;
}

export interface GatewayProps extends ContainerGroupProps {
  /** Object id of the identity behind `clientId`. */
  readonly principalId: string;
  readonly keyVault: {
    readonly id: string;
    /** Such as `https://acme.vault.azure.net/`. */
    readonly uri: string;
  };
  /** The configuration, which the gateway takes up anew whenever it changes: a new tenant does not replace the group. */
  readonly config: {
    /** Name of its secret in the vault. */
    readonly secretName: string;
    /**
     * By `gatewayConfig`, as JSON, or that gzipped and in base64. Never a secret: it is in the state. At most 25,000
     * bytes, for Key Vault takes no more.
     */
    readonly text: string;
  };
  /** Tenants by id. */
  readonly tenants: Readonly<Record<string, GatewayTenantProps>>;
  /** Password of the Redis that keeps the locks of sessions. @default - none */
  readonly redisPassword?: { readonly name: string; readonly value: SecretValue };
  /** As in `RuntimeSecrets`. @default - none */
  readonly expirationDate?: string;
  /** Provider of the vault's subscription. @default - that of the stack */
  readonly vaultProvider?: TerraformProvider;
  /** Environment of the gateway. Never a secret. @default - what it must know of vault, identity and name */
  readonly env?: Readonly<Record<string, string>>;
  /** @default 4322 */
  readonly port?: number;
  /** Cores, in tenths, at least 1: Azure starts no smaller group. @default 1 */
  readonly cpu?: number;
  /** Memory, in tenths of a GiB, at least 1. @default 1 */
  readonly memoryGiB?: number;
}

export const GATEWAY_RULES: readonly PropRule<GatewayProps>[] = [
  ...CONTAINER_GROUP_RULES,
  ...sizes<GatewayProps>(),
  groupPort('port', (props) => props.port),
  resourceId('keyVault.id', 'Microsoft.KeyVault/vaults', (props) => props.keyVault.id),
  azureName('config.secretName', 'keyVaultSecret', (props) => props.config.secretName),
  ({ config: { text } }) =>
    isKnown(text) && Buffer.byteLength(text) > SECRET_BYTES
      ? `config.text must have at most ${SECRET_BYTES} bytes, which is all that a secret of Key Vault takes, got ${Buffer.byteLength(text)}: spread the tenants over several pools, each a topology of its own`
      : undefined,
  ({ tenants }) => {
    const without = Object.entries(tenants).flatMap(([id, { tokens }]) =>
      tokens.a === undefined && tokens.b === undefined ? [id] : [],
    );
    return without.length === 0
      ? undefined
      : `tenants ${without.join(', ')} must have a token slot, got none: set tokens.a or tokens.b`;
  },
];
