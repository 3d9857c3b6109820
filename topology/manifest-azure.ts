import { z } from 'zod';

import type { AzureGroupPlan, AzurePlan, AzureRuntimePlan } from './azure/model.js';
import { SHARE_DIRECTORY } from './host-contract.js';

/** What the smoke suite holds a container group against. */
export const groupExpectation = z.strictObject({
  /** Resource id. */
  id: z.string(),
  image: z.string(),
  /** Resource id of its user-assigned identity. */
  identity: z.string(),
  subnet: z.string(),
  /** Resource id of the record set that leads to it. */
  record: z.string(),
  /** URI of the vault. */
  vault: z.string(),
  /** Secrets in the vault that the identity reads, and no others. */
  secrets: z.array(z.string()),
  /** The file share; of runtimes only. */
  share: z.strictObject({ account: z.string(), name: z.string(), mountPath: z.string() }).optional(),
});
export type GroupExpectation = z.output<typeof groupExpectation>;

/** Where `smoke --in-network` creates the container group that it runs in. */
export const smokeGroup = z.strictObject({
  subscriptionId: z.string(),
  resourceGroup: z.string(),
  location: z.string(),
  subnet: z.string(),
  identity: z.string(),
  image: z.string(),
  dnsServers: z.array(z.string()),
  pull: z.strictObject({ server: z.string(), identity: z.string() }).optional(),
});
export type SmokeGroup = z.output<typeof smokeGroup>;

export function groupExpectationOf(
  azure: AzurePlan,
  group: AzureGroupPlan & Partial<Pick<AzureRuntimePlan, 'storage' | 'secrets'>>,
): GroupExpectation {
  const { storage, secrets } = group;
  return {
    id: group.groupId,
    image: azure.image,
    identity: group.identityId,
    subnet: group.subnetId,
    record: group.recordId,
    vault: azure.keyVault.uri,
    secrets: secrets ? runtimeSecrets(secrets) : gatewaySecrets(azure),
    ...(storage && {
      share: { account: storage.account, name: storage.share, mountPath: SHARE_DIRECTORY },
    }),
  };
}

/** Secrets that the identity of a runtime may read; the provider's key is for clients. */
export function runtimeSecrets({ connectionToken, githubToken }: AzureRuntimePlan['secrets']): string[] {
  return [connectionToken, ...(githubToken === undefined ? [] : [githubToken])];
}

/** Secrets that the identity of the gateway may read. */
export function gatewaySecrets({ gateway, runtimes }: AzurePlan): string[] {
  if (!gateway) return [];
  const replicas = Object.entries(runtimes).filter(([id]) => id.startsWith('pool/'));
  return [
    gateway.configSecret,
    ...(gateway.redisPasswordSecret === undefined ? [] : [gateway.redisPasswordSecret]),
    ...replicas.map(([, { secrets }]) => secrets.connectionToken),
    ...Object.values(gateway.tokenSecrets),
  ];
}

export function smokeGroupOf({ smoke, image, dnsServers, pull }: AzurePlan): SmokeGroup | undefined {
  if (!smoke) return undefined;
  const { subscriptionId, resourceGroup, location, subnetId, identityId } = smoke;
  return {
    subscriptionId,
    resourceGroup,
    location,
    subnet: subnetId,
    identity: identityId,
    image,
    dnsServers: [...dnsServers],
    ...(pull && { pull: { server: pull.server, identity: pull.identityId } }),
  };
}
