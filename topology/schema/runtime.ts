import { z } from 'zod';

import {
  cidr,
  cpuQuantity,
  dnsLabel,
  dnsSubdomain,
  hostName,
  labels,
  port,
  secretSource,
  url,
} from './common.js';

/** Idle timeouts below this need `allowShortIdleTimeout`: the npm CLI looks for idle sessions only every 300 s. */
export const SHORT_IDLE_TIMEOUT_SECONDS = 300;

export const idleTimeoutSeconds = z
  .int()
  .min(0)
  .max(604_800)
  .describe(
    'Seconds without activity after which the runtime ends a session (it stays resumable). 0: never, which is also what the runtime does when nobody sets it.',
  );

/** A pod in the cluster, or addresses outside of it. */
export const destination = z
  .strictObject({
    namespace: dnsLabel.optional().describe('Namespace of pods in the cluster.'),
    podSelector: labels.optional().describe('Labels of those pods.'),
    cidr: cidr.optional().describe('Addresses outside of the cluster.'),
    port: port.describe('TCP port.'),
  })
  .check((ctx) => {
    const { namespace, podSelector, cidr: range } = ctx.value;
    const inCluster = namespace !== undefined && podSelector !== undefined;
    if (inCluster !== (range !== undefined) && (inCluster || (!namespace && !podSelector))) return;
    ctx.issues.push({
      code: 'custom',
      input: ctx.value,
      message: 'must be either namespace and podSelector (in the cluster) or cidr (outside of it)',
    });
  })
  .meta({
    id: 'Destination',
    description:
      'Either `namespace` and `podSelector` (in the cluster) or `cidr` (outside of it), with a port.',
  });

export const provider = z
  .strictObject({
    type: z.enum(['openai', 'azure', 'anthropic']).default('openai').describe('Protocol of the provider.'),
    baseUrl: url('http', 'https').describe('Base URL, such as `https://models.acme.example/v1`.'),
    model: z.string().min(1).describe('Model that sessions ask for.'),
    apiKey: secretSource.optional().describe('Key of the provider. The client passes it with each session.'),
  })
  .meta({ id: 'Provider', description: 'A model of your own (BYOK).' });

export const auth = z
  .strictObject({
    githubToken: secretSource
      .optional()
      .describe('GitHub identity of the runtime process. Sessions without a token of their own run as it.'),
    provider: provider.optional().describe('A model of your own (BYOK), passed with each session.'),
  })
  .meta({
    id: 'Auth',
    description: 'Where runtimes get a model from: `githubToken` or `provider`, not both.',
  });

export const resources = z
  .strictObject({
    cpu: cpuQuantity.default('250m').describe('CPU that one runtime asks for, in cores.'),
    memoryMiB: z
      .int()
      .min(64)
      .max(245_760)
      .default(512)
      .describe(
        'Memory of one runtime in MiB. A native runtime that has three quarters of it is replaced by a new one when its turns have finished.',
      ),
  })
  .meta({ id: 'Resources', description: 'CPU and memory of one runtime with its host.' });

const telemetry = z.strictObject({
  otlp: z
    .strictObject({
      endpoint: url('http', 'https').optional().describe('URL of a collector outside of the cluster.'),
      namespace: dnsLabel.optional().describe('Namespace of a collector in the cluster.'),
      podSelector: labels.optional().describe('Labels of its pods.'),
      service: dnsLabel.optional().describe('Service in `namespace` that answers on `port`.'),
      port: port.default(4318).describe('TCP port of the collector in the cluster.'),
    })
    .describe(
      'OpenTelemetry collector (OTLP over HTTP): either `endpoint`, or `namespace`, `podSelector` and `service`.',
    ),
});

const proxy = z.strictObject({
  http: url('http', 'https').optional().describe('Proxy for http:// (HTTP_PROXY).'),
  https: url('http', 'https').optional().describe('Proxy for https:// (HTTPS_PROXY).'),
  noProxy: z
    .array(z.string().min(1))
    .default([])
    .describe('Hosts that are reached directly (NO_PROXY). Loopback is never proxied.'),
});

const caBundle = z.strictObject({
  configMap: dnsSubdomain.optional().describe('ConfigMap in each runtime namespace. Kubernetes only.'),
  key: z.string().min(1).default('ca.crt').describe('Key in the ConfigMap.'),
  file: z.string().min(1).optional().describe('PEM file. Local only.'),
});

export const runtime = z
  .strictObject({
    image: z
      .string()
      .min(1)
      .max(512)
      .regex(/^\S+$/, 'must be an image reference without white space')
      .optional()
      .describe('Image of runtime and host, by digest (`name@sha256:…`). Needed on Kubernetes and Azure.'),
    binary: z
      .enum(['native', 'cli'])
      .default('native')
      .describe(
        'The native server of the pinned SDK (about 24 MB idle) or the npm CLI (about 270 MB). Same protocol.',
      ),
    port: port.min(1024).default(4321).describe('Port in the container. On local a free port is taken.'),
    integrationId: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'must be letters, digits, ".", "_" or "-", at most 64')
      .describe('GITHUB_COPILOT_INTEGRATION_ID: who you are to the Copilot API and Mission Control.'),
    idleTimeoutSeconds: idleTimeoutSeconds.default(1800),
    allowShortIdleTimeout: z
      .boolean()
      .default(false)
      .describe(
        `Accept idle timeouts from 1 to ${SHORT_IDLE_TIMEOUT_SECONDS - 1} seconds, here and on tenants.`,
      ),
    sessionTtlHours: z
      .int()
      .min(1)
      .max(87_600)
      .default(168)
      .describe(
        'Hours after its last use when a session is deleted. On shared storage, hours after its last prompt.',
      ),
    drainSeconds: z
      .int()
      .min(0)
      .max(3570)
      .default(30)
      .describe(
        'Seconds that running turns get to finish when a runtime stops. A pod has 30 more. Local: 10 at most.',
      ),
    auth: auth.prefault({}).describe('For all runtimes; a dedicated tenant can have its own.'),
    resources: resources.prefault({}).describe('Of one runtime with its host.'),
    telemetry: telemetry.optional().describe('Where spans and metrics of the runtimes go.'),
    proxy: proxy.optional().describe('Proxy between the runtimes and the internet.'),
    caBundle: caBundle.optional().describe('Certificates of authorities that the runtimes trust.'),
    githubHost: hostName.optional().describe('GitHub Enterprise host (data residency), e.g. acme.ghe.com.'),
  })
  .describe('What all runtimes have in common.');
