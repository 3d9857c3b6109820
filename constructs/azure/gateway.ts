import type { ContainerGroup } from '@cdktf/provider-azurerm/lib/container-group/index.js';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';

import {
  GATEWAY_ENV,
  GATEWAY_NODE_FLAGS,
  GATEWAY_PORTS,
  TOKEN_SLOTS,
} from '../../topology/gateway-contract.js';
import { HOST_ENV, IMAGE } from '../../topology/host-contract.js';
import { GATEWAY_NAME } from '../../topology/names.js';
import { validateProps } from '../common/validation.js';

import { containerGroup } from './container-group.js';
import { GATEWAY_RULES, type GatewayProps } from './gateway-props.js';
import { RuntimeSecrets, type RuntimeSecretProps } from './runtime-secrets.js';

/**
 * What pooled tenants connect to: a container group, the tenants' tokens and its own configuration as secrets of the
 * vault. Tenants and tokens come and go without a restart.
 *
 * @throws {PropsError} with every mistake in the props
 */
export class Gateway extends Construct {
  readonly resource: ContainerGroup;

  /**
   * @param after what must be there before the group starts: its record set, the NAT gateway of its subnet, and the
   *   roles by which it reads the replicas' connection tokens
   */
  constructor(
    scope: Construct,
    id: string,
    props: GatewayProps,
    after: readonly ITerraformDependable[] = [],
  ) {
    super(scope, id);
    validateProps(this.node.path, props, GATEWAY_RULES);
    const { keyVault, config, redisPassword, port = GATEWAY_PORTS.listen } = props;
    const reader = { gateway: props.principalId };

    const tenants = new Construct(this, 'Tenants');
    for (const [tenant, { tokens, readers }] of Object.entries(props.tenants)) {
      const slots = TOKEN_SLOTS.flatMap((slot): [string, RuntimeSecretProps][] => {
        const token = tokens[slot];
        if (!token) return [];
        const { name, revision = 1 } = token;
        const value = { kind: 'generated', revision } as const;
        return [[slot, { name, value, readers: { ...readers, ...reader } }]];
      });
      this.secrets(tenants, tenant, props, Object.fromEntries(slots));
    }
    const own = this.secrets(this, 'Secrets', props, {
      config: {
        name: config.secretName,
        value: { kind: 'text', text: config.text, contentType: 'application/json' },
        readers: reader,
      },
      ...(redisPassword && { 'redis-password': { ...redisPassword, readers: reader } }),
    });

    this.resource = containerGroup(
      this,
      props,
      {
        name: GATEWAY_NAME,
        command: [...IMAGE.init, 'node', ...GATEWAY_NODE_FLAGS, IMAGE.gateway],
        env: {
          ...props.env,
          [GATEWAY_ENV.configSecret]: config.secretName,
          [HOST_ENV.keyVault]: keyVault.uri,
          [HOST_ENV.identity]: props.clientId,
          ...(props.dnsRecordId !== undefined && { [HOST_ENV.dnsRecord]: props.dnsRecordId }),
        },
        port,
        healthPort: GATEWAY_PORTS.health,
        cpu: props.cpu ?? 1,
        memoryGiB: props.memoryGiB ?? 1,
      },
      [...after, ...own.ready],
    );
  }

  private secrets(
    scope: Construct,
    id: string,
    { keyVault, expirationDate, vaultProvider, tags }: GatewayProps,
    secrets: Readonly<Record<string, RuntimeSecretProps>>,
  ): RuntimeSecrets {
    return new RuntimeSecrets(scope, id, {
      keyVaultId: keyVault.id,
      secrets,
      ...(expirationDate !== undefined && { expirationDate }),
      ...(vaultProvider && { provider: vaultProvider }),
      ...(tags && { tags }),
    });
  }
}
