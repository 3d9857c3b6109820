import { gzipSync } from 'node:zlib';

import { azureGatewayPlace } from '../../topology/azure/gateway.js';
import { SECRET_BYTES } from '../../topology/azure/limits.js';
import { gatewayConfig } from '../../topology/gateway.js';
import type { TokenSlot } from '../../topology/names.js';
import type { Plan } from '../../topology/plan.js';
import { escapeTemplate } from '../common/escape.js';

import type { GatewayProps } from './gateway-props.js';
import {
  commonTags,
  escapedSettings,
  expiryOf,
  groupProps,
  principalReaders,
  valueOf,
  type GroupIdentity,
} from './plan-props.js';

/** Props of the gateway before the pool of a plan; undefined without one. @param smoke object id of the suite */
export function gatewayProps(
  plan: Plan,
  identity: GroupIdentity,
  smoke: Readonly<Record<string, string>>,
): GatewayProps | undefined {
  const { gateway } = plan;
  const { gateway: group, keyVault } = escapedSettings(plan);
  const place = azureGatewayPlace(plan);
  if (!gateway || !group || !place) return undefined;
  const password = gateway.lock?.password;
  return {
    ...groupProps(plan, group, identity),
    tags: commonTags(plan),
    principalId: identity.principalId,
    keyVault,
    config: {
      secretName: group.configSecret,
      text: configText(JSON.stringify(gatewayConfig(gateway, place))),
    },
    tenants: Object.fromEntries(
      Object.entries(gateway.tenants).map(([id, { tokens, principals }]) => [
        id,
        {
          tokens: Object.fromEntries(
            (Object.entries(tokens) as [TokenSlot, number][]).map(([slot, revision]) => [
              slot,
              { name: group.tokenSecrets[`${id}.${slot}`]!, revision },
            ]),
          ),
          readers: { ...smoke, ...principalReaders(principals) },
        },
      ]),
    ),
    ...(password &&
      group.redisPasswordSecret !== undefined && {
        redisPassword: { name: group.redisPasswordSecret, value: valueOf(password) },
      }),
    ...expiryOf(plan),
    port: gateway.port,
    cpu: group.cpu,
    memoryGiB: group.memoryGiB,
  };
}

/** The configuration as it is for people, and packed where it would not fit into a secret. */
function configText(json: string): string {
  const text = escapeTemplate(json);
  return Buffer.byteLength(text) <= SECRET_BYTES ? text : gzipSync(json, { level: 9 }).toString('base64');
}
