import type { ContainerGroup } from '@cdktf/provider-azurerm/lib/container-group/index.js';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';

import {
  CONTAINER,
  HOST_ENV,
  HOST_NODE_FLAGS,
  HOST_PORTS,
  IMAGE,
  SECRET_FILES,
  SHARE_DIRECTORY,
  STATE_DIRECTORY,
} from '../../topology/host-contract.js';
import { runtimeArguments } from '../../topology/process.js';
import { digits, validateProps } from '../common/validation.js';

import { containerGroup } from './container-group.js';
import { RUNTIME_RULES, type RuntimeProps } from './runtime-props.js';

/**
 * One Copilot runtime with its host as a container group of its own, in a private subnet. Dedicated runtimes and
 * replicas of a pool are both this. It takes what it depends on by id.
 *
 * @throws {PropsError} with every mistake in the props
 */
export class Runtime extends Construct {
  readonly resource: ContainerGroup;

  /**
   * @param after what must be there before the group starts: its secrets and roles, its record set and share, and
   *   the NAT gateway and security group of its subnet
   */
  constructor(
    scope: Construct,
    id: string,
    props: RuntimeProps,
    after: readonly ITerraformDependable[] = [],
  ) {
    super(scope, id);
    validateProps(this.node.path, props, RUNTIME_RULES);
    const { port = 4321, share } = props;
    this.resource = containerGroup(
      this,
      props,
      {
        name: CONTAINER.name,
        command: [
          ...IMAGE.init,
          'node',
          ...HOST_NODE_FLAGS,
          IMAGE.runtimeHost,
          ...(props.args ?? defaultArguments(port)),
        ],
        env: environment(props),
        port,
        healthPort: HOST_PORTS.health,
        cpu: props.cpu ?? 1,
        memoryGiB: props.memoryGiB ?? 1,
        ...(share && {
          volume: {
            name: 'session-state',
            mountPath: SHARE_DIRECTORY,
            shareName: share.name,
            storageAccountName: share.storageAccountName,
            storageAccountKey: share.storageAccountKey,
          },
        }),
      },
      after,
    );
  }
}

function defaultArguments(port: number): string[] {
  const args = runtimeArguments('azure', port, 1800);
  return args.map((argument, index) => (args[index - 1] === '--port' ? digits(port) : argument));
}

function environment(props: RuntimeProps): Record<string, string> {
  const { keyVault, share, secretsRevision, dnsRecordId } = props;
  const secrets = [
    [SECRET_FILES.connectionToken, keyVault.connectionToken],
    ...(keyVault.githubToken === undefined ? [] : [[SECRET_FILES.githubToken, keyVault.githubToken]]),
  ];
  return {
    [HOST_ENV.home]: `${STATE_DIRECTORY}/home`,
    [HOST_ENV.health]: `0.0.0.0:${HOST_PORTS.health}`,
    ...props.env,
    ...(share && { [HOST_ENV.sessions]: SHARE_DIRECTORY }),
    [HOST_ENV.keyVault]: keyVault.uri,
    [HOST_ENV.keyVaultSecrets]: secrets.map(([file, name]) => `${file}=${name}`).join(','),
    [HOST_ENV.identity]: props.clientId,
    ...(dnsRecordId !== undefined && { [HOST_ENV.dnsRecord]: dnsRecordId }),
    ...(secretsRevision !== undefined && { [HOST_ENV.secretsRevision]: secretsRevision }),
  };
}
