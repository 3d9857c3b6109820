import { ConfigMapV1 } from '@cdktf/provider-kubernetes/lib/config-map-v1/index.js';
import { RoleBindingV1 } from '@cdktf/provider-kubernetes/lib/role-binding-v1/index.js';
import { RoleV1 } from '@cdktf/provider-kubernetes/lib/role-v1/index.js';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';

import { GATEWAY_TOKEN_KEY, GATEWAY_TOKEN_LABELS, TOKEN_SLOTS } from '../../topology/gateway-contract.js';
import { MANAGED_BY, TENANT_LABEL } from '../../topology/labels.js';
import { gatewayTokenName } from '../../topology/names.js';

import type { GatewayTenantProps } from './gateway-props.js';
import { RuntimeSecret } from './secrets.js';
import { accounts, MANIFEST_CONFIG_MAP, MANIFEST_KEY } from './tenant-envelope.js';

interface Props extends GatewayTenantProps {
  readonly tenant: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** What a pooled tenant has in the namespace of the pool: its gateway tokens, and leave to read them and nothing else. */
export class GatewayTenant extends Construct {
  constructor(scope: Construct, id: string, props: Props, after: readonly ITerraformDependable[]) {
    super(scope, id);
    const { tenant, namespace, tokens, clients = [], manifestJson } = props;
    const labels = { ...props.labels, [TENANT_LABEL]: tenant };
    const slots = TOKEN_SLOTS.flatMap((slot) => {
      const revision = tokens[slot];
      return revision === undefined ? [] : [{ slot, revision }];
    });
    for (const { slot, revision } of slots) {
      new RuntimeSecret(this, slot, {
        namespace,
        name: gatewayTokenName(tenant, slot),
        key: GATEWAY_TOKEN_KEY,
        value: { kind: 'generated', revision },
        labels: {
          ...labels,
          [GATEWAY_TOKEN_LABELS.tenant]: tenant,
          [GATEWAY_TOKEN_LABELS.slot]: slot,
        },
        dependsOn: [...after],
      });
    }
    if (clients.length === 0) return;

    const metadata = (name: string) => ({ namespace, name, labels: { ...labels, ...MANAGED_BY } });
    const name = `gateway-client-${tenant}`;
    const slice = `${MANIFEST_CONFIG_MAP}-${tenant}`;
    if (manifestJson !== undefined) {
      new ConfigMapV1(this, 'Manifest', {
        metadata: metadata(slice),
        data: { [MANIFEST_KEY]: manifestJson },
        dependsOn: [...after],
      });
    }
    const readable = (resource: string, resourceNames: string[]) => ({
      apiGroups: [''],
      resources: [resource],
      resourceNames,
      verbs: ['get'],
    });
    const role = new RoleV1(this, 'ClientRole', {
      metadata: metadata(name),
      rule: [
        readable(
          'secrets',
          slots.map(({ slot }) => gatewayTokenName(tenant, slot)),
        ),
        ...(manifestJson === undefined ? [] : [readable('configmaps', [slice])]),
      ],
      dependsOn: [...after],
    });
    new RoleBindingV1(this, 'ClientRoleBinding', {
      metadata: metadata(name),
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
      subject: accounts(clients),
      dependsOn: [role],
    });
  }
}
