import type { PersistentVolumeClaimV1 } from '@cdktf/provider-kubernetes/lib/persistent-volume-claim-v1/index.js';
import { Construct } from 'constructs';

import { SECRET_FILES } from '../../topology/host-contract.js';
import { millicores } from '../../topology/schema/common.js';

import { isKnown, validateProps, type PropRule } from '../common/validation.js';
import type { GatewayProps } from './gateway-props.js';
import { Gateway } from './gateway.js';
import { cores } from './rules.js';
import type { RuntimeProps } from './runtime-props.js';
import { Runtime } from './runtime.js';
import { stateVolume, type StateVolumeProps } from './state-volume.js';
import { TenantEnvelope, type TenantEnvelopeProps } from './tenant-envelope.js';

export interface RuntimePoolProps {
  /** The envelope of the pool; nobody enters but who is named here. Its quota holds two pods per replica by default. */
  readonly envelope: TenantEnvelopeProps;
  /**
   * Props of the replicas by number, which is also part of their default name (`runtime-0`). A number is never used
   * again for another volume.
   */
  readonly replicas: Readonly<Record<number, RuntimeProps>>;
  /** One volume for all replicas, which name it as their `sharedClaimName`. @default - each has its own */
  readonly sharedVolume?: Omit<StateVolumeProps, 'accessMode'>;
  /** What tenants connect to. Without it nobody gets at the replicas but who holds their tokens. @default - none */
  readonly gateway?: Omit<GatewayProps, 'secretFiles'>;
}

const replicaName = (number: string) => `runtime-${number}`;

/** File with a replica's token in the gateway's secrets directory. */
export const replicaTokenFile = (number: number) => `replica-${number}`;

const RULES: readonly PropRule<RuntimePoolProps>[] = [
  ({ replicas }) =>
    Object.keys(replicas).length === 0
      ? 'replicas must name at least one runtime, got none: add one'
      : undefined,
  ({ envelope, replicas }) => {
    const strangers = Object.entries(replicas).filter(
      ([, { namespace }]) =>
        isKnown(namespace) && isKnown(envelope.namespace) && namespace !== envelope.namespace,
    );
    return strangers.length === 0
      ? undefined
      : `replicas ${strangers.map(([number]) => number).join(', ')} must live in the namespace of the pool, ${envelope.namespace}: set it`;
  },
  ({ replicas, sharedVolume }) => {
    const strangers = Object.entries(replicas).filter(
      ([, { sharedClaimName }]) =>
        [sharedClaimName, sharedVolume?.name].every((name) => name === undefined || isKnown(name)) &&
        sharedClaimName !== sharedVolume?.name,
    );
    return strangers.length === 0
      ? undefined
      : `replicas ${strangers.map(([number]) => number).join(', ')} must have the volume of the pool, ${sharedVolume?.name ?? 'which has none'}: set sharedClaimName`;
  },
  ({ replicas }) => {
    const names = Object.entries(replicas).map(([number, { name }]) => name ?? replicaName(number));
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    return twice === undefined
      ? undefined
      : `replicas must have names of their own, got "${twice}" twice: rename one`;
  },
];

/** A new pod may come while the old one is still counted. Values that only Terraform knows count as the default. */
function quota({ replicas, gateway }: RuntimePoolProps) {
  const gateways = gateway ? Array.from({ length: gateway.replicas ?? 2 }, () => gateway) : [];
  const known = [
    ...Object.values(replicas).map((replica) => requested(replica, { cpu: '250m', memoryMiB: 512 })),
    ...gateways.map((each) => requested(each, { cpu: '100m', memoryMiB: 256 })),
  ];
  return {
    quotaPods: 2 * known.length + 2,
    quotaCpu: cores(known.reduce((sum, { millis }) => sum + 2 * millis, 0)),
    quotaMemoryMiB: known.reduce((sum, { memoryMiB }) => sum + 2 * memoryMiB, 0),
  };
}

function requested(
  { cpu, memoryMiB }: { readonly cpu?: string; readonly memoryMiB?: number },
  otherwise: { readonly cpu: string; readonly memoryMiB: number },
) {
  return {
    millis: millicores(isKnown(cpu) ? cpu : otherwise.cpu),
    memoryMiB: isKnown(memoryMiB) ? memoryMiB : otherwise.memoryMiB,
  };
}

/** A pool: one envelope, and runtimes that are the same building block as dedicated ones. */
export class RuntimePool extends Construct {
  /** With a shared volume only. */
  readonly volume?: PersistentVolumeClaimV1;
  readonly envelope: TenantEnvelope;
  readonly replicas: ReadonlyMap<number, Runtime>;
  readonly gateway?: Gateway;

  /** @throws {PropsError} with every mistake in the props */
  constructor(scope: Construct, id: string, props: RuntimePoolProps) {
    super(scope, id);
    validateProps(this.node.path, props, RULES);
    this.envelope = new TenantEnvelope(this, 'Envelope', { ...quota(props), ...props.envelope });
    const { sharedVolume } = props;
    if (sharedVolume) {
      const volume = { ...sharedVolume, accessMode: 'ReadWriteMany' };
      this.volume = stateVolume(this, 'Volume', volume, this.envelope.ready);
    }
    const after = [...this.envelope.ready, ...(this.volume ? [this.volume] : [])];
    this.replicas = new Map(
      Object.entries(props.replicas).map(([number, replica]) => [
        Number(number),
        new Runtime(this, number, { name: replicaName(number), ...replica }, after),
      ]),
    );
    if (!props.gateway) return;
    const runtimes = [...this.replicas];
    this.gateway = new Gateway(
      this,
      'Gateway',
      {
        ...props.gateway,
        secretFiles: runtimes.map(([number, { connectionTokenSecret }]) => ({
          secretName: connectionTokenSecret,
          key: SECRET_FILES.connectionToken,
          file: replicaTokenFile(number),
        })),
      },
      [...this.envelope.ready, ...runtimes.map(([, { connectionToken }]) => connectionToken!)],
    );
  }
}
