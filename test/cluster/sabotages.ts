import { CONTAINER, HOST_PORTS } from '../../topology/index.js';

import { POLICIES_LABEL } from './node/layout.js';
import {
  DEDICATED,
  OTHER_REPLICA,
  REPLICA,
  type Change,
  type ClusterSabotage,
  type Json,
  type Live,
  type Place,
} from './sabotage.js';

const V1 = 'v1';
const RBAC = 'rbac.authorization.k8s.io/v1';
const NETWORKING = 'networking.k8s.io/v1';

const at = (runtime: Place['runtime'], apiVersion: string, kind: string, name?: string): Place => ({
  runtime,
  apiVersion,
  kind,
  ...(name !== undefined && { name }),
});
const policy = (name: string, runtime: Place['runtime'] = DEDICATED) =>
  at(runtime, NETWORKING, 'NetworkPolicy', name);
const service = (runtime: Place['runtime'], name: string) => at(runtime, V1, 'Service', name);

/** Changes the pod of the dedicated runtime, which is replaced then. */
function pod(to: (spec: Json, live: Live) => void | Promise<void>): Change {
  return {
    place: at(DEDICATED, 'apps/v1', 'Deployment', 'runtime'),
    to: (deployment, live) => to(deployment.spec.template.spec, live),
  };
}

const container = (to: (container: Json, live: Live) => void | Promise<void>): Change =>
  pod((spec, live) => to(spec.containers[0], live));

const volume = (spec: Json, name: string): Json => spec.volumes.find((each: Json) => each.name === name);

/** A policy of the dedicated runtime’s namespace that opens what the others shut. */
const opening = (name: string, spec: object): Change => ({
  add: ({ namespaceOf }) =>
    ({
      apiVersion: NETWORKING,
      kind: 'NetworkPolicy',
      metadata: { name, namespace: namespaceOf(DEDICATED) },
      spec: { podSelector: {}, ...spec },
    }) as object,
});

/** Has the policies of a namespace ignored, where the cluster can be told so. */
const ignored = (runtime: Place['runtime']): Change => ({
  place: at(runtime, V1, 'Namespace'),
  to: ({ metadata }) => void (metadata.labels[POLICIES_LABEL.key] = POLICIES_LABEL.namespace),
});

const expectOfAcme =
  (change: object): ClusterSabotage['manifest'] =>
  (manifest) => {
    const runtime = manifest.runtimes[DEDICATED]!;
    const expected = { ...runtime.expect, pod: { ...runtime.expect.pod!, ...change } };
    return { ...manifest, runtimes: { ...manifest.runtimes, [DEDICATED]: { ...runtime, expect: expected } } };
  };

/** Every sabotage that only a cluster has, in the order of the checks that they are for. */
export const CLUSTER_SABOTAGES: readonly ClusterSabotage[] = [
  {
    id: 'cross-wired-service',
    breaks: 'The Service of one replica selects the pod of another one.',
    caughtBy: 'service-leads-home',
    also: ['reachable'],
    changes: [
      {
        place: service(REPLICA, 'runtime-0'),
        to: ({ spec }) => void (spec.selector['app.kubernetes.io/instance'] = 'runtime-1'),
      },
    ],
  },
  {
    id: 'service-open-to-the-outside',
    breaks: 'Somebody made a Service a NodePort, so that the port of a runtime is open on every node.',
    caughtBy: 'service-leads-home',
    changes: [{ place: service(DEDICATED, 'runtime'), to: ({ spec }) => void (spec.type = 'NodePort') }],
  },
  {
    id: 'role-in-another-namespace',
    breaks: 'A back end of one tenant was given the Secrets of the pool’s namespace, to make things work.',
    caughtBy: 'secret-of-another',
    changes: [
      {
        add: ({ namespaceOf }) =>
          ({
            apiVersion: RBAC,
            kind: 'Role',
            metadata: { name: 'sabotage', namespace: namespaceOf(REPLICA) },
            rules: [{ apiGroups: [''], resources: ['secrets'], verbs: ['get'] }],
          }) as object,
      },
      {
        add: ({ namespaceOf }) =>
          ({
            apiVersion: RBAC,
            kind: 'RoleBinding',
            metadata: { name: 'sabotage', namespace: namespaceOf(REPLICA) },
            roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'sabotage' },
            subjects: [{ kind: 'ServiceAccount', name: 'backend', namespace: 'acme-app' }],
          }) as object,
      },
    ],
  },
  {
    id: 'deny-all-removed',
    breaks: 'The policy deny-all of a tenant was deleted: every other pod of the namespace is open.',
    caughtBy: 'network-apart',
    changes: [{ remove: policy('deny-all') }],
  },
  {
    id: 'ingress-opened',
    breaks: 'A policy lets every pod of the cluster into the namespace of a tenant.',
    caughtBy: 'network-apart',
    changes: [opening('sabotage', { policyTypes: ['Ingress'], ingress: [{}] })],
  },
  {
    id: 'metrics-opened',
    breaks: 'To let a Prometheus scrape, a policy opens the port of the metrics to every pod of the cluster.',
    caughtBy: 'network-apart',
    changes: [
      opening('sabotage', {
        policyTypes: ['Ingress'],
        ingress: [{ ports: [{ protocol: 'TCP', port: HOST_PORTS.health }] }],
      }),
    ],
  },
  {
    id: 'no-enforcement',
    breaks: 'The CNI of the cluster does not enforce NetworkPolicy, and nobody has said that this is known.',
    caughtBy: 'network-apart',
    also: ['network-egress'],
    changes: [DEDICATED, REPLICA].map(ignored),
    whereIgnorable: true,
  },
  {
    id: 'egress-opened',
    breaks: 'A policy lets the pods of a tenant out to everywhere.',
    caughtBy: 'network-egress',
    also: ['network-apart'],
    changes: [opening('sabotage', { policyTypes: ['Egress'], egress: [{}] })],
  },
  {
    id: 'destination-out-of-reach',
    breaks: 'The topology allows a destination that runtimes cannot reach, since nobody listens there.',
    caughtBy: 'network-egress',
    manifest: expectOfAcme({ reaches: [{ cidr: '127.0.0.1/32', port: 9 }] }),
  },
  {
    id: 'empty-dir',
    breaks: 'The home lies on an emptyDir: it is gone with the pod.',
    caughtBy: 'state-on-volume',
    also: ['history-after-restart'],
    disruptive: true,
    changes: [
      pod((spec) => {
        const state = volume(spec, 'session-state');
        delete state.persistentVolumeClaim;
        state.emptyDir = {};
      }),
    ],
  },
  {
    id: 'shared-volume',
    breaks: 'Two replicas were given the same volume, and so the same home.',
    caughtBy: 'state-on-volume',
    also: ['session-of-another', 'state-in-place'],
    changes: [
      {
        place: at(OTHER_REPLICA, 'apps/v1', 'Deployment', 'runtime-1'),
        to: ({ spec }) => {
          volume(spec.template.spec, 'session-state').persistentVolumeClaim.claimName = 'runtime-0-state';
        },
      },
    ],
  },
  {
    id: 'token-in-environment',
    breaks: 'Somebody wrote the connection token into the pod spec, to look at it.',
    caughtBy: 'secrets-not-exposed',
    changes: [
      container(async ({ env }, live) => {
        env.push({ name: 'DEBUG_TOKEN', value: await live.tokenOf(DEDICATED) });
      }),
    ],
  },
  {
    id: 'token-in-annotation',
    breaks: 'A tool keeps the connection token, in base 64, in an annotation of the ConfigMap for clients.',
    caughtBy: 'secrets-not-exposed',
    changes: [
      {
        place: at(DEDICATED, V1, 'ConfigMap', 'copilot-runtimes'),
        async to({ metadata }, live) {
          const token = Buffer.from(await live.tokenOf(DEDICATED)).toString('base64');
          metadata.annotations = { ...metadata.annotations, 'example.com/last-applied': token };
        },
      },
    ],
  },
  {
    id: 'wider-role',
    breaks: 'The Role of a tenant’s clients lost its names: they can read every Secret of the namespace.',
    caughtBy: 'secrets-not-exposed',
    changes: [
      {
        place: at(DEDICATED, RBAC, 'Role', 'runtime-client'),
        to: ({ rules }) => rules.forEach((rule: Json) => delete rule.resourceNames),
      },
    ],
  },
  {
    id: 'clients-locked-out',
    breaks: 'The clients of a tenant lost their right to read its token.',
    caughtBy: 'secrets-not-exposed',
    changes: [{ remove: at(DEDICATED, RBAC, 'RoleBinding', 'runtime-client') }],
  },
  {
    id: 'other-image',
    breaks: 'A runtime runs another image than the one that is planned.',
    caughtBy: 'pod-as-planned',
    manifest: expectOfAcme({ image: 'registry.example.com/copilot-runtimes:of-tomorrow' }),
  },
  {
    id: 'mounted-token',
    breaks: 'The token of the service account is mounted into a runtime, where every tool can read it.',
    caughtBy: 'pod-as-planned',
    changes: [pod((spec) => void (spec.automountServiceAccountToken = true))],
  },
  {
    id: 'writable-root',
    breaks: 'The root file system of a runtime is writable.',
    caughtBy: 'pod-as-planned',
    changes: [container(({ securityContext }) => void (securityContext.readOnlyRootFilesystem = false))],
  },
  {
    id: 'other-arguments',
    breaks: 'The arguments of a runtime were changed by hand: sessions end much later than planned.',
    caughtBy: 'pod-as-planned',
    also: ['idle-timeout'],
    changes: [container(({ args }) => void (args[args.indexOf('--session-idle-timeout') + 1] = '86400'))],
  },
  {
    id: 'root-user',
    breaks:
      'A runtime runs as root with the capabilities of the container engine, in a namespace that lets it.',
    caughtBy: 'pod-as-planned',
    // What root writes the planned user could not read again: the volume of the deployment is left alone.
    also: ['pod-security-enforced', 'state-on-volume'],
    changes: [
      {
        place: at(DEDICATED, V1, 'Namespace'),
        to: ({ metadata }) => void (metadata.labels['pod-security.kubernetes.io/enforce'] = 'privileged'),
      },
      pod((spec) => {
        const user = { runAsNonRoot: false, runAsUser: 0, runAsGroup: 0 };
        Object.assign(spec.securityContext, user);
        const [only] = spec.containers.filter(({ name }: Json) => name === CONTAINER.name);
        Object.assign(only.securityContext, { ...user, capabilities: {} });
        const state = volume(spec, 'session-state');
        delete state.persistentVolumeClaim;
        state.emptyDir = {};
      }),
    ],
  },
  {
    id: 'label-lowered',
    breaks:
      'The Pod Security level of a namespace was lowered: a pod that is not restricted may come any time.',
    caughtBy: 'pod-security-enforced',
    changes: [
      {
        place: at(DEDICATED, V1, 'Namespace'),
        to: ({ metadata }) => void (metadata.labels['pod-security.kubernetes.io/enforce'] = 'baseline'),
      },
    ],
  },
];
