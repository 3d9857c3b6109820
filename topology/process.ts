import { HOST_ENV, HOST_PORTS, type StandIn } from './host-contract.js';
import type { RuntimeId } from './names.js';
import type { Platform, Topology } from './schema/index.js';

/** Loopback is never proxied: the runtime sends even http://127.0.0.1 model calls to a proxy otherwise. */
const NEVER_PROXIED = ['127.0.0.1', 'localhost', '::1'];
/** Where a container group gets its identity's tokens from, which no proxy reaches. */
const AZURE_METADATA = '169.254.169.254';

/** Where a container has the CA bundle of the topology. */
export const CA_BUNDLE_PATH = '/etc/copilot-runtimes/ca.crt';

/** Whoever presses Ctrl-C waits for it. */
const LOCAL_DRAIN_SECONDS = 10;

/**
 * Arguments of the runtime process. `--no-auto-login`: no identity from the machine's keychain. The idle timeout
 * is always written, 0 included, so that it can be read from the process.
 */
export function runtimeArguments(platform: Platform, port: number, idleTimeoutSeconds: number): string[] {
  const local = platform === 'local';
  return [
    '--headless',
    '--no-auto-update',
    '--no-auto-login',
    '--host',
    local ? '127.0.0.1' : '0.0.0.0',
    '--port',
    local ? '0' : String(port),
    '--session-idle-timeout',
    String(idleTimeoutSeconds),
  ];
}

/**
 * Part of the memory of a container that its runtime process may have before it is replaced. The rest is for the host
 * beside it, and for the turns that are waited for.
 */
const MOST_MEMORY = 0.75;

/** Environment of the runtime host, most of which it hands on to the runtime. Never a secret. */
export function hostEnvironment(
  { platform, runtime, kubernetes }: Topology,
  own: {
    id: RuntimeId;
    home: string;
    standIns: readonly StandIn[];
    tenant?: string | undefined;
    sessions?: string | undefined;
  },
): Record<string, string> {
  const { proxy, telemetry, githubHost, caBundle } = runtime;
  const local = platform === 'local';
  const env: Record<string, string> = {
    ...(platform === 'kubernetes' && kubernetes?.env),
    [HOST_ENV.runtime]: own.id,
    [HOST_ENV.home]: own.home,
    ...(own.sessions !== undefined && { [HOST_ENV.sessions]: own.sessions }),
    [HOST_ENV.binary]: runtime.binary,
    [HOST_ENV.drainSeconds]: String(
      local ? Math.min(runtime.drainSeconds, LOCAL_DRAIN_SECONDS) : runtime.drainSeconds,
    ),
    // The npm CLI gives memory back, and has as much from the start as the native runtime should never have.
    ...(runtime.binary === 'native' && {
      [HOST_ENV.mostMemoryMiB]: String(Math.floor(runtime.resources.memoryMiB * MOST_MEMORY)),
    }),
    [HOST_ENV.sessionTtlHours]: String(runtime.sessionTtlHours),
    [HOST_ENV.health]: local ? '127.0.0.1:0' : `0.0.0.0:${HOST_PORTS.health}`,
    GITHUB_COPILOT_INTEGRATION_ID: runtime.integrationId,
    NO_PROXY: [
      ...NEVER_PROXIED,
      ...(platform === 'azure' ? [AZURE_METADATA] : []),
      ...(proxy?.noProxy ?? []),
    ].join(','),
  };
  if (own.standIns.length > 0) {
    env[HOST_ENV.standIn] = own.standIns.join(',');
    env[HOST_ENV.standInPort] = local ? '0' : String(HOST_PORTS.standIn);
  }
  if (proxy?.http) env.HTTP_PROXY = proxy.http;
  if (proxy?.https) env.HTTPS_PROXY = proxy.https;
  if (caBundle) {
    const file = local ? caBundle.file : CA_BUNDLE_PATH;
    // The native runtime reads the first, the npm CLI (Node.js) the second.
    if (file !== undefined) Object.assign(env, { SSL_CERT_FILE: file, NODE_EXTRA_CA_CERTS: file });
  }
  if (githubHost) env.GH_HOST = githubHost;
  if (telemetry) {
    const { endpoint, service, namespace, port } = telemetry.otlp;
    const target =
      endpoint ?? (service && namespace ? `http://${service}.${namespace}.svc:${port}` : undefined);
    if (target) env.OTEL_EXPORTER_OTLP_ENDPOINT = target;
    env.OTEL_SERVICE_NAME = 'copilot-runtime';
    env.OTEL_RESOURCE_ATTRIBUTES = [
      `runtime.id=${own.id}`,
      ...(own.tenant === undefined ? [] : [`tenant.id=${own.tenant}`]),
    ].join(',');
  }
  return Object.fromEntries(Object.entries(env).sort(([a], [b]) => (a < b ? -1 : 1)));
}
