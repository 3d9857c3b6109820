import type { Usage } from './usage.js';

/** What was seen of one runtime, on whatever platform; times are milliseconds since 1970. */
export interface Observation {
  /** Id in plan and manifest. */
  readonly runtime: string;
  /** What the manifest wants of it. */
  readonly state: 'active' | 'suspended' | 'retired';
  /** What keeps the runtime running (a Deployment, a host process). @default - there is none */
  readonly workload?: Workload;
  /** Pods or processes, those of earlier versions included while they exist. */
  readonly instances: readonly Instance[];
  /** @default - there is none */
  readonly volume?: Volume;
  /** Last warning or failure in the log of one that does not run. @default - unknown, or it runs */
  readonly lastWords?: string;
  /** Warnings of the platform about the above, oldest first. */
  readonly events: readonly Happening[];
}

export interface Workload {
  /** Its controller has seen its newest version. */
  readonly observed: boolean;
  readonly wanted: number;
  /** Instances of the newest version. */
  readonly updated: number;
  /** Instances of the newest version that can serve. */
  readonly ready: number;
  readonly conditions: readonly Condition[];
}

export interface Condition {
  readonly type: string;
  readonly status: boolean;
  readonly reason?: string;
  readonly message?: string;
}

export interface Instance {
  readonly name: string;
  /** When it was created. @default - unknown */
  readonly since?: number;
  /** It has been told to go. */
  readonly leaving: boolean;
  readonly conditions: readonly Condition[];
  /** Why the platform ended it, e.g. `Evicted`. @default - it did not */
  readonly ended?: { readonly reason: string; readonly message?: string };
  /** @default - not started yet */
  readonly process?: Process;
}

/** The container or process of a runtime host. */
export interface Process {
  readonly image: string;
  readonly ready: boolean;
  readonly restarts: number;
  readonly state: 'waiting' | 'running' | 'ended';
  /** Why it waits or has ended, in the platform's word, e.g. `ImagePullBackOff`. */
  readonly reason?: string;
  readonly message?: string;
  /** How it ended the last time. @default - it never did */
  readonly lastEnd?: { readonly reason?: string; readonly exitCode?: number };
  /** Last message of the host's log that warns or fails. @default - unknown */
  readonly lastLine?: string;
  /** What the host itself gives as the reason of not being ready. @default - unknown */
  readonly notReady?: string;
  /** @default - it was not asked for, or could not be known */
  readonly usage?: Usage;
  /** Why its host could not be asked for that. @default - it could, or was not */
  readonly usageUnknown?: string;
}

export interface Volume {
  readonly name: string;
  readonly phase: string;
  /** @default - the cluster's default */
  readonly storageClass?: string;
  /** @default - unknown, or not there yet */
  readonly capacity?: string;
}

/** An event. */
export interface Happening {
  /** Kind of the object, e.g. `Pod`. */
  readonly about: string;
  readonly reason: string;
  readonly message: string;
  readonly at?: number;
}
