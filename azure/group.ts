/** A container group as Azure answers, as far as it matters here. */
export interface Group {
  readonly id: string;
  readonly name: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly identity?: { readonly userAssignedIdentities?: Readonly<Record<string, unknown>> };
  readonly properties: {
    /** `Pending`, `Creating`, `Succeeded`, `Failed`, … */
    readonly provisioningState?: string;
    readonly subnetIds?: readonly { readonly id: string }[];
    readonly ipAddress?: { readonly ip?: string };
    readonly instanceView?: { readonly state?: string; readonly events?: readonly GroupEvent[] };
    readonly containers: readonly Container[];
  };
}

export interface Container {
  readonly name: string;
  readonly properties: {
    readonly image: string;
    readonly instanceView?: {
      readonly restartCount?: number;
      readonly currentState?: ContainerState;
      readonly previousState?: ContainerState;
      readonly events?: readonly GroupEvent[];
    };
  };
}

export interface ContainerState {
  /** `Waiting`, `Running` or `Terminated`. */
  readonly state?: string;
  readonly startTime?: string;
  readonly exitCode?: number;
  /** Azure's word for why, such as `CrashLoopBackOff`. */
  readonly detailStatus?: string;
}

export interface GroupEvent {
  readonly name?: string;
  readonly type?: string;
  readonly message?: string;
  readonly lastTimestamp?: string;
}
