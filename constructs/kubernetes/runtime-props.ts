import { HOST_ENV, HOST_PORTS, SECRET_FILES } from '../../topology/host-contract.js';
import { millicores } from '../../topology/schema/common.js';

import { runtimeRules } from '../common/runtime-rules.js';
import { isKnown, within, type PropRule } from '../common/validation.js';
import type { PodPlacement } from './hardening.js';
import type { Destination } from './network.js';
import { cpu, kubernetesName } from './rules.js';
import { oneSource, type SecretProps } from './secrets.js';

export interface RuntimeTimeouts {
  /** How long Terraform waits for the rollout. @default - the grace period and three minutes more */
  readonly rollout?: string;
}

export interface RuntimeProps extends PodPlacement {
  /** Namespace that the runtime lives in, e.g. that of a `TenantEnvelope`. */
  readonly namespace: string;
  /** Name of Deployment and Service, and prefix of the other objects. @default runtime */
  readonly name?: string;
  /** Image of runtime and host, by digest. */
  readonly image: string;
  /** Arguments of the runtime process. @default - by `runtimeArguments`, with an idle timeout of 1800 s */
  readonly args?: readonly string[];
  /**
   * Environment of the runtime host. Never a secret: it is in pod spec and state.
   *
   * @default - COPILOT_HOME only, in the volume
   */
  readonly env?: Readonly<Record<string, string>>;
  /** Port of the runtime. @default 4321 */
  readonly port?: number;
  /** Without a workload only the volume remains. @default active */
  readonly state?: 'active' | 'suspended' | 'retired';
  /** Raise it to rotate the connection token. @default 1 */
  readonly connectionTokenRevision?: number;
  /** GitHub identity of the process. @default - none */
  readonly githubToken?: SecretProps;
  /** Key of the model provider that clients pass with each session, kept in a Secret. @default - none */
  readonly providerKey?: { readonly variable: string; readonly revision?: number };
  /** CPU that is requested. @default 250m */
  readonly cpu?: string;
  /** CPU at most. @default - 2, or what is requested where that is more */
  readonly cpuLimit?: string;
  /** Memory, requested and at most, in MiB. @default 512 */
  readonly memoryMiB?: number;
  /** Size of the volume in GiB. It can only grow. @default 5 */
  readonly sizeGiB?: number;
  /** StorageClass. @default - the cluster's default class */
  readonly storageClass?: string;
  /** @default ReadWriteOncePod */
  readonly accessMode?: string;
  /** Claim that all replicas of a pool have, with homes of their own on it. @default - an own volume */
  readonly sharedClaimName?: string;
  /** `retain` refuses to destroy or replace the volume. @default retain */
  readonly retention?: 'retain' | 'delete';
  /** Service account of the pod; its token is not mounted. @default runtime */
  readonly serviceAccountName?: string;
  /** Further TCP destinations. @default - DNS and HTTPS on the internet only */
  readonly egress?: readonly Destination[];
  /** Public addresses of the API server, shut out. @default - none */
  readonly apiServerCidrs?: readonly string[];
  /** DNS servers besides kube-dns. @default - none */
  readonly dnsCidrs?: readonly string[];
  /** Pods with these labels are spread over nodes. @default - no spread */
  readonly spreadAcross?: Readonly<Record<string, string>>;
  /** ConfigMap in the namespace with a PEM bundle. @default - the image's own certificates */
  readonly caBundle?: { readonly configMap: string; readonly key: string };
  /** Time from SIGTERM to SIGKILL. @default 60 */
  readonly terminationGracePeriodSeconds?: number;
  /** Annotations of the pod: a change of them replaces it. @default - none */
  readonly podAnnotations?: Readonly<Record<string, string>>;
  /** Added to every object. @default - none */
  readonly labels?: Readonly<Record<string, string>>;
  /**
   * Whether Terraform waits until the pod is ready. It says nothing of the reason when that fails, forgets a failed
   * update and taints a failed create: `copilot-runtimes rollout` looks by itself, and does better.
   *
   * @default true
   */
  readonly waitForRollout?: boolean;
  /** @default - see there */
  readonly timeouts?: RuntimeTimeouts;
}

const oneGitHubSource: PropRule<RuntimeProps> = ({ githubToken }) => oneSource('githubToken', githubToken);

const manyWriters: PropRule<RuntimeProps> = ({ accessMode, sharedClaimName }) =>
  isKnown(accessMode) && accessMode === 'ReadWriteMany' && sharedClaimName === undefined
    ? 'accessMode must not be ReadWriteMany for a volume of its own, since a home has one writer: use ReadWriteOncePod'
    : undefined;

const healthPort: PropRule<RuntimeProps> = ({ env }) => {
  const health = isKnown(env) ? env[HOST_ENV.health] : undefined;
  const wanted = `0.0.0.0:${HOST_PORTS.health}`;
  return !isKnown(health) || health === wanted
    ? undefined
    : `env ${HOST_ENV.health} must be ${wanted}, where the probes look, got "${health}": leave it out`;
};

const limitHoldsRequest: PropRule<RuntimeProps> = ({ cpu: request = '250m', cpuLimit }) =>
  isKnown(request) && isKnown(cpuLimit) && millicores(cpuLimit) < millicores(request)
    ? `cpuLimit must be at least ${request}, which is requested, got ${cpuLimit}: raise it, or leave it out`
    : undefined;

const destinations: PropRule<RuntimeProps> = ({ egress }) => {
  if (!isKnown(egress)) return undefined;
  const wrong = egress.findIndex(
    ({ namespace, podSelector, cidr }) =>
      (cidr === undefined) === (namespace === undefined && podSelector === undefined) ||
      (cidr === undefined && (namespace === undefined || podSelector === undefined)),
  );
  return wrong < 0
    ? undefined
    : `egress[${wrong}] must be either namespace and podSelector (in the cluster) or cidr (outside of it): keep one`;
};

/** A Secret of somebody else's would have the name of one of the runtime's own. */
const foreignSecret: PropRule<RuntimeProps> = ({ name = 'runtime', githubToken }) => {
  const existing = githubToken?.existingSecret?.name;
  return isKnown(existing) && Object.values(SECRET_FILES).some((file) => existing === `${name}-${file}`)
    ? `githubToken.existingSecret must not be "${existing}", which is a Secret of the runtime itself: rename it`
    : undefined;
};

const imageNamed: PropRule<RuntimeProps> = ({ image }) =>
  isKnown(image) && !/^\S+$/.test(image)
    ? `image must be an image reference without white space, got "${image}": use registry/name@sha256:…`
    : undefined;

/** A Service is stricter than other objects. */
const letterFirst: PropRule<RuntimeProps> = ({ name }) =>
  isKnown(name) && /^\d/.test(name)
    ? `name must start with a letter, since the Service has it, got "${name}": rename it`
    : undefined;

const revision = (prop: string, of: (props: RuntimeProps) => number | undefined) =>
  within(prop, 1, 1_000_000, of);

/** Rules that the props of a runtime are held against. */
export const RUNTIME_RULES: readonly PropRule<RuntimeProps>[] = [
  kubernetesName('namespace', (props) => props.namespace),
  kubernetesName('name', (props) => props.name),
  within('port', 1024, 65_535, (props) => props.port),
  within('memoryMiB', 64, 1_048_576, (props) => props.memoryMiB),
  within('sizeGiB', 1, 65_536, (props) => props.sizeGiB),
  within('terminationGracePeriodSeconds', 1, 3600, (props) => props.terminationGracePeriodSeconds),
  revision('connectionTokenRevision', (props) => props.connectionTokenRevision),
  revision('githubToken.revision', (props) => props.githubToken?.revision),
  revision('providerKey.revision', (props) => props.providerKey?.revision),
  cpu('cpu', (props) => props.cpu),
  cpu('cpuLimit', (props) => props.cpuLimit),
  limitHoldsRequest,
  letterFirst,
  imageNamed,
  oneGitHubSource,
  foreignSecret,
  manyWriters,
  destinations,
  ...runtimeRules<RuntimeProps>({
    port: 'to which the Service leads',
    home: 'since only the volume outlives the pod',
  }),
  healthPort,
];
