/** Labels that every object carries. */
export const MANAGED_BY = { 'app.kubernetes.io/managed-by': 'copilot-runtimes' } as const;

/** Whose object it is; also how a plan checker tells one tenant's volume from another's. */
export const TENANT_LABEL = 'copilot-runtimes/tenant';

/** Runtime id of the plan, as a label value: `tenant/acme` → `tenant.acme`. */
export const RUNTIME_LABEL = 'copilot-runtimes/runtime';

/** Label of the pods of all runtimes. */
export const ANY_RUNTIME = { 'app.kubernetes.io/name': 'copilot-runtime' } as const;

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
