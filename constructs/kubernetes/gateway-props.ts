import { within, type PropRule } from '../common/validation.js';
import type { PodPlacement } from './hardening.js';
import type { Destination } from './network.js';
import { cpu, kubernetesName } from './rules.js';
import { oneSource, type SecretProps } from './secrets.js';
import type { TenantClient } from './tenant-envelope.js';

/** A tenant that a gateway serves. */
export interface GatewayTenantProps {
  /** Revisions of the token slots that are valid: raise one to rotate it, leave it out to revoke it. */
  readonly tokens: { readonly a?: number; readonly b?: number };
  /** May reach the gateway, and read the tenant's token and its slice of the manifest. @default - nobody */
  readonly clients?: readonly TenantClient[];
  /** The tenant's slice of the deployment manifest. @default - none */
  readonly manifestJson?: string;
}

export interface GatewayProps extends PodPlacement {
  /** Namespace of the pool. */
  readonly namespace: string;
  /** Name of Deployment and Service. @default gateway */
  readonly name?: string;
  /** Image of the gateway, by digest: that of the runtimes. */
  readonly image: string;
  /** Configuration file, by `gatewayConfig`. Never a secret: it is in a ConfigMap and in the state. */
  readonly configJson: string;
  /** Tenants by id. */
  readonly tenants: Readonly<Record<string, GatewayTenantProps>>;
  /** Secrets that become files in the secrets directory: the replicas' tokens. */
  readonly secretFiles: readonly {
    readonly secretName: string;
    readonly key: string;
    readonly file: string;
  }[];
  /** Password of the Redis that keeps the locks of sessions. @default - none */
  readonly redisPassword?: SecretProps;
  /** Changes with the replicas' tokens, so that new pods come with new ones. @default 1 */
  readonly secretsRevision?: number;
  /** Gateways side by side. @default 2 */
  readonly replicas?: number;
  /** @default 4322 */
  readonly port?: number;
  /** Port of the runtimes behind it. @default 4321 */
  readonly runtimePort?: number;
  /** CPU that is requested by one gateway. @default 100m */
  readonly cpu?: string;
  /** Memory of one gateway, requested and at most, in MiB. @default 256 */
  readonly memoryMiB?: number;
  /** Time from SIGTERM to SIGKILL: longer than the gateway drains. @default 60 */
  readonly terminationGracePeriodSeconds?: number;
  /** Further TCP destinations, e.g. the Redis that keeps locks. @default - none */
  readonly egress?: readonly Destination[];
  /** DNS servers besides kube-dns. @default - none */
  readonly dnsCidrs?: readonly string[];
  /** As for a runtime. @default true */
  readonly waitForRollout?: boolean;
  /** Annotations of the pod: a change of them replaces it. @default - none */
  readonly podAnnotations?: Readonly<Record<string, string>>;
  /** Added to every object. @default - none */
  readonly labels?: Readonly<Record<string, string>>;
}

export const GATEWAY_RULES: readonly PropRule<GatewayProps>[] = [
  kubernetesName('namespace', (props) => props.namespace),
  kubernetesName('name', (props) => props.name),
  cpu('cpu', (props) => props.cpu),
  within('replicas', 1, 10, (props) => props.replicas),
  within('port', 1024, 65_535, (props) => props.port),
  within('runtimePort', 1024, 65_535, (props) => props.runtimePort),
  within('memoryMiB', 64, 16_777_216, (props) => props.memoryMiB),
  within('redisPassword.revision', 1, 1_000_000, (props) => props.redisPassword?.revision),
  ({ redisPassword }) => oneSource('redisPassword', redisPassword),
  ({ tenants }) => {
    const without = Object.entries(tenants).flatMap(([id, { tokens }]) =>
      tokens.a === undefined && tokens.b === undefined ? [id] : [],
    );
    return without.length === 0
      ? undefined
      : `tenants ${without.join(', ')} must have a token slot, got none: set tokens.a or tokens.b`;
  },
];
