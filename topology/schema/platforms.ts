import { z } from 'zod';

import { backend } from './backend.js';
import { cidr, dnsLabel, dnsSubdomain, labels, tenantId, url, variableName } from './common.js';
import { destination } from './runtime.js';

const toleration = z.strictObject({
  key: z.string().optional().describe('Key of the taint. Without it, every key (`Exists` only).'),
  operator: z.enum(['Exists', 'Equal']).default('Equal').describe('`Equal` compares the value as well.'),
  value: z.string().optional().describe('Value of the taint.'),
  effect: z
    .enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute'])
    .optional()
    .describe('Effect of the taint. Without it, every effect.'),
});

const kubeProvider = z.strictObject({
  kubeconfig: z.string().min(1).optional().describe('Path of the file. Without it, KUBE_CONFIG_PATH.'),
  context: z.string().min(1).optional().describe('Context in the kubeconfig. Without it, the current one.'),
  inCluster: z.boolean().default(false).describe('Use the service account of the pod that runs Terraform.'),
  exec: z
    .strictObject({
      host: url('https').describe('URL of the API server.'),
      clusterCaCertificate: z.string().min(1).describe('PEM of the CA of the cluster.'),
      command: z.string().min(1).describe('The plugin.'),
      args: z.array(z.string()).default([]).describe('Its arguments.'),
    })
    .optional()
    .describe('Credential plugin such as kubelogin.'),
});

const subjectName = z.string().min(1).max(253);

/** Who may prove the deployment. */
const smokeIdentity = z
  .strictObject({
    inCluster: z
      .boolean()
      .default(true)
      .describe('A namespace and a service account for `copilot-runtimes smoke --in-cluster`.'),
    users: z
      .array(subjectName)
      .default([])
      .describe('Users who may run the suite from outside, by port-forward.'),
    groups: z
      .array(subjectName)
      .default([])
      .describe('Groups who may run the suite from outside, such as that of your CI.'),
  })
  .meta({
    id: 'SmokeIdentity',
    description:
      'Rights to prove the deployment. Whoever has them can read every connection token: without this setting nobody gets any.',
  });

/** Who may scrape metrics, and how it finds them. */
const monitoring = z
  .strictObject({
    namespace: dnsLabel.describe('Namespace that Prometheus runs in.'),
    podSelector: labels
      .refine((selector) => Object.keys(selector).length > 0, {
        error: 'must name at least one label, got none: any pod of the namespace could read the metrics',
      })
      .default({ 'app.kubernetes.io/name': 'prometheus' })
      .describe('Labels of the pods of Prometheus. Nobody else reaches the port of the metrics.'),
    podMonitor: z
      .strictObject({
        labels: labels
          .default({})
          .describe('Labels by which your Prometheus selects it, such as `release: kube-prometheus-stack`.'),
        intervalSeconds: z.int().min(10).max(3600).default(30).describe('Seconds between two scrapes.'),
      })
      .optional()
      .describe(
        'A PodMonitor in each namespace. Needs the Prometheus operator: Terraform reads its CRD from the cluster at plan.',
      ),
    annotations: z
      .boolean()
      .default(false)
      .describe(
        'Annotations `prometheus.io/scrape`, `port` and `path` on the pods, for a Prometheus without the operator.',
      ),
  })
  .meta({
    id: 'Monitoring',
    description:
      'Opens the metrics of runtimes and gateway to one Prometheus, and tells it where they are. Without this setting nobody reaches them.',
  });

export const kubernetes = z
  .strictObject({
    egress: z.array(destination).default([]).describe('Further destinations that runtimes may reach (TCP).'),
    dnsCidrs: z.array(cidr).default([]).describe('DNS servers besides kube-dns, e.g. a node-local cache.'),
    apiServerCidrs: z
      .array(cidr)
      .default([])
      .describe('Public addresses of the API server, shut for runtimes.'),
    existingNamespaces: z
      .record(tenantId, dnsLabel)
      .default({})
      .describe('Namespaces that the platform team owns, by tenant.'),
    runtimeClassName: dnsSubdomain
      .optional()
      .describe('RuntimeClass of the runtime pods, such as gvisor or kata.'),
    priorityClassName: dnsSubdomain.optional().describe('PriorityClass of the runtime pods.'),
    nodeSelector: labels.default({}).describe('Labels of the nodes that runtimes may run on.'),
    tolerations: z.array(toleration).default([]).describe('Taints that runtimes tolerate.'),
    imagePullSecrets: z
      .array(dnsSubdomain)
      .default([])
      .describe('Pull secrets; each must exist in every runtime namespace.'),
    labels: labels.default({}).describe('Added to every object.'),
    env: z
      .record(variableName, z.string())
      .default({})
      .describe('Environment added to every runtime. Never a secret: it stands in the pod spec.'),
    clusterUid: z
      .guid()
      .optional()
      .describe(
        'UID of the namespace kube-system of the right cluster: any other cluster is refused at plan.',
      ),
    smokeIdentity: smokeIdentity
      .optional()
      .describe('Rights to run the smoke suite, which reads tokens. Without it, none are granted.'),
    monitoring: monitoring
      .optional()
      .describe('Prometheus in the cluster that scrapes the metrics. Without it, none can.'),
    provider: kubeProvider.prefault({}).describe('How Terraform reaches the cluster.'),
    backend: backend.prefault({ type: 'local' }).describe('Where Terraform keeps the state.'),
  })
  .describe('Settings for `platform: kubernetes`.');

/** Settings of a topology that leaves `kubernetes` out. */
export const DEFAULT_KUBERNETES = kubernetes.parse({});

export const cloud = z
  .strictObject({
    repository: z
      .strictObject({
        owner: z.string().min(1).describe('Organisation or user.'),
        name: z.string().min(1).describe('Repository without its owner.'),
      })
      .describe('GitHub repository that cloud sessions work in.'),
    tenants: z
      .array(tenantId)
      .min(1)
      .describe('Tenants whose heavy work may go to cloud sessions. Each needs a GitHub token of its own.'),
    onPolicyBlocked: z
      .enum(['fail', 'fall-back'])
      .default('fail')
      .describe('What a client does when the policy of the organisation blocks cloud sessions.'),
  })
  .describe('Cloud sessions for heavy work (hybrid).');

export const smoke = z
  .strictObject({
    standIn: z
      .union(
        [
          z.boolean(),
          z.strictObject({
            model: z.boolean().default(true).describe('Serve a stand-in model.'),
            github: z.boolean().default(false).describe('Serve a stand-in GitHub. Local only.'),
            missionControl: z
              .boolean()
              .default(false)
              .describe('Serve a stand-in Mission Control for cloud sessions. Local only, beside `github`.'),
          }),
        ],
        {
          error: 'must be true, false, or { model: …, github: …, missionControl: … }',
        },
      )
      .default(true)
      .transform((value) =>
        typeof value === 'boolean' ? { model: value, github: false, missionControl: false } : value,
      )
      .describe(
        '`model`: each runtime host serves a stand-in model on its own loopback, so that checks need no real one (true is short for it). `github`: the runtimes also talk to a stand-in GitHub instead of the real one. `missionControl`: cloud sessions go to a stand-in too. Both local only.',
      ),
    accept: z
      .strictObject({
        networkPolicyNotEnforced: z
          .boolean()
          .default(false)
          .describe('The CNI of the cluster does not enforce NetworkPolicy.'),
      })
      .prefault({})
      .describe('Known gaps that you accept: the check says `accepted` instead of `failed`.'),
  })
  .describe('The proof after a deploy.');
