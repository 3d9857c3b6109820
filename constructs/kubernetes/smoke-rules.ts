/** Rights of a Role, as the provider takes them. */
export interface Rule {
  readonly apiGroups: string[];
  readonly resources: string[];
  readonly verbs: string[];
  readonly resourceNames?: string[];
}

const rule = (apiGroup: string, resources: string[], verbs: string[], resourceNames?: readonly string[]) => ({
  apiGroups: [apiGroup],
  resources,
  verbs,
  ...(resourceNames && { resourceNames: [...resourceNames] }),
});

/** What the suite does in a namespace with runtimes: a right for each of its checks, and no more. */
export function suiteRules(secrets: readonly string[]): Rule[] {
  return [
    rule('', ['secrets'], ['get'], secrets),
    // Deletes a runtime's pod once, to prove that its state outlives it.
    rule('', ['pods'], ['get', 'list', 'delete']),
    rule('', ['pods/log'], ['get']),
    rule('', ['services', 'persistentvolumeclaims'], ['get']),
    rule('', ['namespaces'], ['get']),
    rule('', ['configmaps', 'events'], ['list']),
    rule('apps', ['deployments'], ['list']),
    rule('discovery.k8s.io', ['endpointslices'], ['list']),
    rule('networking.k8s.io', ['networkpolicies'], ['list']),
    // Asks whether somebody else may read a Secret.
    rule('authorization.k8s.io', ['localsubjectaccessreviews'], ['create']),
  ];
}

/** How the suite reaches runtimes from outside of the cluster. */
export const PORT_FORWARD_RULES: readonly Rule[] = [rule('', ['pods/portforward'], ['create', 'get'])];

/** What `smoke --in-cluster` does in the suite's own namespace. */
export const JOB_RULES: readonly Rule[] = [
  rule('batch', ['jobs'], ['create', 'get', 'list', 'delete']),
  rule('', ['configmaps'], ['create']),
  rule('', ['pods', 'events'], ['list']),
  rule('', ['pods/log'], ['get']),
];
