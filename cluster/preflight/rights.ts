import pLimit from 'p-limit';

import { Findings, some } from '../../diagnosis/index.js';
import { ask } from '../api-error.js';
import type { Cluster } from '../connection.js';

import { deployed, type PreflightCheck, type PreflightContext } from './context.js';

/** Reviews that are asked for side by side. */
const PARALLEL = 16;

/** Something an identity may have to do. */
export interface Right {
  readonly group: string;
  /** With its subresource, e.g. `pods/log`. */
  readonly resource: string;
  readonly verb: string;
}

const rights = (group: string, resources: readonly string[], verbs: readonly string[]): Right[] =>
  resources.flatMap((resource) => verbs.map((verb) => ({ group, resource, verb })));

/** What Terraform's provider does with each object. */
const MANAGE = ['get', 'create', 'patch', 'delete'];

const NAMESPACES = rights('', ['namespaces'], MANAGE);

/** What the stacks consist of. */
const OBJECTS: readonly Right[] = [
  ...rights(
    '',
    [
      'serviceaccounts',
      'secrets',
      'configmaps',
      'services',
      'persistentvolumeclaims',
      'resourcequotas',
      'limitranges',
    ],
    MANAGE,
  ),
  ...rights('apps', ['deployments'], MANAGE),
  ...rights('networking.k8s.io', ['networkpolicies'], MANAGE),
  ...rights('rbac.authorization.k8s.io', ['roles', 'rolebindings'], MANAGE),
];

/** Object of the Prometheus operator, where the topology has it. */
const MONITORS = rights('monitoring.coreos.com', ['podmonitors'], MANAGE);

/** What "rollout" and "status" cannot do without. */
const LOOK: readonly Right[] = [
  ...rights('', ['pods', 'events', 'persistentvolumeclaims'], ['list']),
  ...rights('apps', ['deployments'], ['list']),
];

/** With these the reasons are better. */
const EXPLAIN: readonly Right[] = [
  ...rights('', ['pods/log'], ['get']),
  ...rights('', ['pods/portforward'], ['create', 'get']),
];

/** May the identity do what the deploy will do? Each right is asked for by name, never tried. */
export const checkRights: PreflightCheck = async (context) => {
  const findings = new Findings('rights');
  const namespaces = [...new Set(deployed(context).map(({ namespace }) => namespace))];
  const own = namespaces.filter((name) => !context.settings.existingNamespaces.includes(name));
  const needs = [
    ...(own.length > 0 ? [{ rights: NAMESPACES, among: own }] : []),
    { rights: OBJECTS, among: namespaces },
    ...(context.settings.monitoring?.podMonitor ? [{ rights: MONITORS, among: namespaces }] : []),
  ];
  for (const { rights: needed, among } of needs) {
    for (const line of await missing(context, needed, among)) {
      findings.problem(`may not ${line}: see "What the deployer may do" in docs/kubernetes.md`);
    }
  }
  for (const line of await missing(context, LOOK, namespaces)) {
    findings.problem(`may not ${line}, which "rollout" and "status" need: see docs/deploying.md`);
  }
  for (const line of await missing(context, EXPLAIN, namespaces)) {
    findings.warning(`may not ${line}: "rollout" and "status" then know less about reasons`);
  }
  return findings.list;
};

/** What of it is not allowed, in words. */
async function missing(
  { cluster }: PreflightContext,
  needed: readonly Right[],
  namespaces: readonly string[],
): Promise<string[]> {
  const limit = pLimit(PARALLEL);
  const denied = (right: Right, namespace?: string) =>
    limit(async () => ({ right, namespace, ok: await isAllowed(cluster, right, namespace) }));
  // Mostly it is allowed everywhere, and then one question per right is enough.
  const everywhere = await Promise.all(needed.map((right) => denied(right)));
  const perNamespace = await Promise.all(
    everywhere.filter(({ ok }) => !ok).flatMap(({ right }) => namespaces.map((name) => denied(right, name))),
  );
  return inWords(perNamespace.filter(({ ok }) => !ok));
}

/** `create, patch secrets in a, b`: verbs that lack in the same places stand together. */
function inWords(denied: readonly { right: Right; namespace?: string }[]): string[] {
  const places = new Map<string, Set<string>>();
  for (const { right, namespace = '' } of denied) {
    const key = `${right.verb} ${right.resource}`;
    places.set(key, (places.get(key) ?? new Set()).add(namespace));
  }
  const lines = new Map<string, string[]>();
  for (const [key, where] of places) {
    const [verb = '', resource = ''] = key.split(' ');
    const line = `${resource} in ${some([...where])}`;
    lines.set(line, [...(lines.get(line) ?? []), verb]);
  }
  return [...lines].map(([line, verbs]) => `${verbs.join(', ')} ${line}`);
}

async function isAllowed({ authorization }: Cluster, right: Right, namespace?: string): Promise<boolean> {
  const { group, verb } = right;
  const [resource, subresource] = right.resource.split('/');
  // A namespace is no object in itself: the right is for its name.
  const place = right.resource === 'namespaces' ? { name: namespace } : { namespace };
  const review = await ask(
    'ask for the rights of the identity',
    authorization.createSelfSubjectAccessReview({
      body: {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectAccessReview',
        spec: { resourceAttributes: { group, verb, resource, subresource, ...place } },
      },
    }),
  );
  return review.status?.allowed ?? false;
}
