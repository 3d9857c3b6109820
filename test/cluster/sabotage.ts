import type { KubernetesObject } from '@kubernetes/client-node';

import type { Manifest, RuntimeId } from '../../topology/index.js';

/** The runtimes that every sabotage finds: a dedicated one with a client, and two of a pool. */
export const DEDICATED: RuntimeId = 'tenant/acme';
export const REPLICA: RuntimeId = 'pool/0';
export const OTHER_REPLICA: RuntimeId = 'pool/1';

/** An object of the deployment, in the namespace of a runtime. */
export interface Place {
  readonly kind: string;
  readonly apiVersion: string;
  /** Undefined: the namespace itself. */
  readonly name?: string;
  readonly runtime: RuntimeId;
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- objects of any kind, changed as people change YAML
export type Json = any;

/** What a sabotage finds. */
export interface Live {
  readonly namespaceOf: (runtime: RuntimeId) => string;
  readonly tokenOf: (runtime: RuntimeId) => Promise<string>;
}

/** One change of a live object; the object as it was is put back afterwards. */
export type Change =
  | { readonly place: Place; readonly to: (object: Json, live: Live) => void | Promise<void> }
  | { readonly remove: Place }
  | { readonly add: (live: Live) => KubernetesObject };

/** A way to break a deployment on a cluster, as it happens to platform teams, that the smoke suite must notice. */
export interface ClusterSabotage {
  readonly id: string;
  /** One sentence: what is broken. */
  readonly breaks: string;
  /** The check that must notice. */
  readonly caughtBy: string;
  /** At most three more that notice too: these and no others. @default - none */
  readonly also?: readonly string[];
  /** Changes of live objects. @default - none */
  readonly changes?: readonly Change[];
  /** Another manifest than that of the deployment, as after a change that was never deployed. @default - the same */
  readonly manifest?: (manifest: Manifest) => Manifest;
  /** Seen only by the checks that replace pods, which are left out otherwise. @default false */
  readonly disruptive?: boolean;
  /** Breaks nothing but where network policies can be ignored. @default false */
  readonly whereIgnorable?: boolean;
}
