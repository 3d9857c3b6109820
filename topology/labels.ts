/** Labels that every object carries. */
export const MANAGED_BY = { 'app.kubernetes.io/managed-by': 'copilot-runtimes' } as const;

/** Whose object it is; also how a plan checker tells one tenant's volume from another's. */
export const TENANT_LABEL = 'copilot-runtimes/tenant';

/** Runtime id of the plan, as a label value: `tenant/acme` → `tenant.acme`. */
export const RUNTIME_LABEL = 'copilot-runtimes/runtime';

/** Label of the pods of all runtimes. */
export const ANY_RUNTIME = { 'app.kubernetes.io/name': 'copilot-runtime' } as const;

/** Whose resource it is, where names do not say so (Azure). */
export const TOPOLOGY_LABEL = 'copilot-runtimes/topology';

/** Cell of what all of its tenants have, such as a storage account (Azure). */
export const CELL_LABEL = 'copilot-runtimes/cell';

/** A label as a tag of Azure, whose names have no slash. */
export const tagName = (label: string) => label.replace('/', '-');

/** A label as metadata of a file share, whose names are as of variables. */
export const metadataName = (label: string) => label.replace(/[^a-z]/g, '_');

/** Labels by which Service and policies find the pod of a runtime. They are immutable on a Deployment. */
export function selectorLabels(name: string): Record<string, string> {
  return { ...ANY_RUNTIME, 'app.kubernetes.io/instance': name };
}

/** Label of the pods of all gateways. */
export const ANY_GATEWAY = { 'app.kubernetes.io/name': 'copilot-gateway' } as const;

/** Labels by which Service and policies find the pods of a gateway. */
export function gatewayLabels(name: string): Record<string, string> {
  return { ...ANY_GATEWAY, 'app.kubernetes.io/instance': name };
}

/** Pod Security level of every namespace of ours. */
export const POD_SECURITY = Object.fromEntries(
  ['enforce', 'audit', 'warn'].map((mode) => [`pod-security.kubernetes.io/${mode}`, 'restricted']),
);

/** Label that Kubernetes itself puts on each namespace. */
export const NAMESPACE_NAME_LABEL = 'kubernetes.io/metadata.name';
