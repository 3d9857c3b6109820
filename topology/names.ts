import { createHash } from 'node:crypto';

/** Longest name and allowed characters of a kind of physical object. */
interface NameLimit {
  readonly max: number;
  /** Joins the readable parts; empty where the platform allows letters and digits only. */
  readonly separator: '-' | '';
}

/**
 * Limits by kind. Kubernetes: DNS label (RFC 1123). Azure: resource name rules of Microsoft.ContainerInstance,
 * Microsoft.Storage, Microsoft.KeyVault, Microsoft.ManagedIdentity and Microsoft.Network.
 */
export const NAME_LIMITS = {
  kubernetes: { max: 63, separator: '-' },
  containerGroup: { max: 63, separator: '-' },
  fileShare: { max: 63, separator: '-' },
  identity: { max: 128, separator: '-' },
  keyVaultSecret: { max: 127, separator: '-' },
  storageAccount: { max: 24, separator: '' },
  virtualNetwork: { max: 64, separator: '-' },
} as const satisfies Record<string, NameLimit>;

export type NameKind = keyof typeof NAME_LIMITS;

/** 10 characters of base 32: 50 bits, so that 100,000 names collide with a chance below 1 in 200,000. */
const HASH_LENGTH = 10;
const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';

/**
 * The one place where physical names are made: readable parts, cut to the platform's limit, and a hash of all
 * parts. The hash keeps names apart that only look alike once joined (`a` + `b-c`, `a-b` + `c`) or once cut.
 *
 * @param parts lower-case letters, digits and hyphens; the first starts with a letter
 */
export function physicalName(kind: NameKind, parts: readonly string[]): string {
  const { max, separator } = NAME_LIMITS[kind];
  const room = max - HASH_LENGTH - separator.length;
  const readable = parts.join(separator).replace(/-+/g, separator).slice(0, room).replace(/-$/, '');
  return `${readable}${separator}${hash(parts)}`;
}

function hash(parts: readonly string[]): string {
  const digest = createHash('sha256').update(parts.join('\0')).digest();
  return Array.from(digest.subarray(0, HASH_LENGTH), (byte) => BASE32[byte % 32]).join('');
}

/** Stack of what all cells share; the pool stands in it. */
export const BASE_CELL = 'base';

/** Key of a runtime in plan, lock and manifest, and its directory on the local target. */
export type RuntimeId = `tenant/${string}` | `pool/${number}`;

/** Whose the volume is that replicas share: an item of `purge`, a key in lock and labels. */
export const SHARED_STATE = 'pool/shared';

export const tenantRuntimeId = (tenant: string): RuntimeId => `tenant/${tenant}`;
export const replicaRuntimeId = (replica: number): RuntimeId => `pool/${replica}`;

/** Name of the Service, Secret, … of a runtime in its namespace. */
export function workloadName({ replica }: { readonly replica?: number }): string {
  return replica === undefined ? 'runtime' : `runtime-${replica}`;
}

/** Name of the claim that a runtime keeps its state on. */
export function claimName(
  runtime: { readonly replica?: number; readonly sharedState?: boolean },
  workload = workloadName(runtime),
): string {
  return runtime.sharedState ? 'pool-state' : `${workload}-state`;
}

/** Slots of a gateway token: old and new are valid side by side. */
export type TokenSlot = 'a' | 'b';

/** Name of the Service, Deployment, … of the gateway in the namespace of the pool. */
export const GATEWAY_NAME = 'gateway';

/** Name of the Secret with one slot of a tenant's gateway token; a slot is one letter, so no two names meet. */
export const gatewayTokenName = (tenant: string, slot: TokenSlot) => `gateway-token-${tenant}-${slot}`;
