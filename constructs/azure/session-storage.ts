import { StorageAccount } from '@cdktf/provider-azurerm/lib/storage-account/index.js';
import { StorageShare } from '@cdktf/provider-azurerm/lib/storage-share/index.js';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';

import { validateProps, within, type PropRule } from '../common/validation.js';

import { protect, type LockProps, type RoleAssignmentProps, type Tags } from './cross-cutting.js';
import { azureName, resourceId } from './rules.js';

export interface SessionStorageProps {
  readonly resourceGroupName: string;
  /** Azure region. */
  readonly location: string;
  /** Name of the account, unique in all of Azure. It never changes: another name is another account. */
  readonly name: string;
  /** Subnets whose groups mount shares, by service endpoint. Nobody else reaches the account. */
  readonly subnetIds: readonly string[];
  /** A change replaces the account with every share. @default ZRS */
  readonly redundancy?: 'LRS' | 'ZRS';
  /** Days in which a deleted share can be brought back. @default 14 */
  readonly softDeleteDays?: number;
  /** `retain` refuses to destroy or replace the account. @default retain */
  readonly retention?: 'retain' | 'delete';
  /** @default - none */
  readonly lock?: LockProps;
  /** Roles on the account, by a key of yours. @default - none */
  readonly roleAssignments?: Readonly<Record<string, RoleAssignmentProps>>;
  /** @default - none */
  readonly tags?: Tags;
}

export interface SessionShareProps {
  readonly name: string;
  /** Size in GiB. It can only grow. @default 5 */
  readonly sizeGiB?: number;
  /** `retain` refuses to destroy or replace the share. @default retain */
  readonly retention?: 'retain' | 'delete';
  /** Shares have no tags; keys are lower-case letters, digits and `_`. @default - none */
  readonly metadata?: Readonly<Record<string, string>>;
}

const ACCOUNT_RULES: readonly PropRule<SessionStorageProps>[] = [
  azureName('name', 'storageAccount', (props) => props.name),
  resourceId('subnetIds', 'Microsoft.Network/virtualNetworks/subnets', (props) => props.subnetIds),
  within('softDeleteDays', 1, 365, (props) => props.softDeleteDays),
  ({ subnetIds }) =>
    subnetIds.length === 0
      ? 'subnetIds must name a subnet, got none: add those of the runtimes, or no group can mount a share'
      : undefined,
];

const SHARE_RULES: readonly PropRule<SessionShareProps>[] = [
  azureName('name', 'fileShare', (props) => props.name),
  within('sizeGiB', 1, 102_400, (props) => props.sizeGiB),
  ({ metadata = {} }) => {
    const wrong = Object.keys(metadata).find((key) => !/^[a-z_][a-z0-9_]*$/.test(key));
    return wrong === undefined
      ? undefined
      : `metadata must have keys of lower-case letters, digits and "_", got "${wrong}": rename it`;
  },
];

/**
 * A storage account and its shares, which outlive every group. Container Instances mounts a share by the account's
 * key and by nothing else, so that the key is in the state and whoever has it reads every share of the account:
 * an account per cell or per tenant keeps that small.
 *
 * @throws {PropsError} with every mistake in the props
 */
export class SessionStorage extends Construct {
  readonly resource: StorageAccount;
  private readonly byId = new Map<string, StorageShare>();

  /** @param after what must be there before, such as subnets that the same stack makes */
  constructor(
    scope: Construct,
    id: string,
    props: SessionStorageProps,
    after: readonly ITerraformDependable[] = [],
  ) {
    super(scope, id);
    validateProps(this.node.path, props, ACCOUNT_RULES);
    const days = props.softDeleteDays ?? 14;
    this.resource = new StorageAccount(this, 'Resource', {
      name: props.name,
      resourceGroupName: props.resourceGroupName,
      location: props.location,
      accountKind: 'StorageV2',
      accountTier: 'Standard',
      accountReplicationType: props.redundancy ?? 'ZRS',
      minTlsVersion: 'TLS1_2',
      httpsTrafficOnlyEnabled: true,
      allowNestedItemsToBePublic: false,
      crossTenantReplicationEnabled: false,
      defaultToOauthAuthentication: true,
      localUserEnabled: false,
      // Without it no share can be mounted.
      sharedAccessKeyEnabled: true,
      // No token of the account that lasts.
      sasPolicy: { expirationPeriod: '01.00:00:00', expirationAction: 'Log' },
      publicNetworkAccessEnabled: true,
      networkRules: {
        defaultAction: 'Deny',
        bypass: ['AzureServices'],
        virtualNetworkSubnetIds: [...props.subnetIds],
        ipRules: [],
      },
      blobProperties: { deleteRetentionPolicy: { days }, containerDeleteRetentionPolicy: { days } },
      shareProperties: {
        retentionPolicy: { days },
        // All four lists: a part of them is a difference at every plan.
        smb: {
          versions: ['SMB3.1.1'],
          authenticationTypes: ['NTLMv2'],
          kerberosTicketEncryptionType: ['AES-256'],
          channelEncryptionType: ['AES-128-GCM', 'AES-256-GCM'],
        },
      },
      tags: { ...props.tags },
      lifecycle: { preventDestroy: (props.retention ?? 'retain') === 'retain' },
      dependsOn: [...after],
    });
    protect(this, this.resource, props);
  }

  /** Shares by id. */
  get shares(): ReadonlyMap<string, StorageShare> {
    return new Map(this.byId);
  }

  /** A share that one runtime mounts. @throws {PropsError} with every mistake in the props */
  addShare(id: string, props: SessionShareProps): StorageShare {
    validateProps(`${this.node.path}/${id}`, props, SHARE_RULES);
    const share = new StorageShare(this, `share-${id}`, {
      name: props.name,
      // By id, so that the share is made through Resource Manager and no key is asked for.
      storageAccountId: this.resource.id,
      quota: props.sizeGiB ?? 5,
      enabledProtocol: 'SMB',
      accessTier: 'TransactionOptimized',
      metadata: { ...props.metadata },
      lifecycle: { preventDestroy: (props.retention ?? 'retain') === 'retain' },
    });
    this.byId.set(id, share);
    return share;
  }
}
