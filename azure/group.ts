/** A container group as Resource Manager shows it, as far as we look at it. Secret values are never shown. */
export interface Group {
  readonly id: string;
  readonly name: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly identity?: {
    readonly userAssignedIdentities?: Readonly<Record<string, { readonly clientId?: string }>>;
  };
  readonly properties: {
    /** `Pending`, `Creating`, `Succeeded`, `Failed`, … */
    readonly provisioningState?: string;
    readonly restartPolicy?: string;
    readonly subnetIds?: readonly { readonly id: string }[];
    readonly imageRegistryCredentials?: readonly { readonly identity?: string }[];
    readonly ipAddress?: { readonly type?: string; readonly ip?: string; readonly dnsNameLabel?: string };
    readonly containers: readonly GroupContainer[];
    readonly initContainers?: readonly GroupContainer[];
    readonly volumes?: readonly GroupVolume[];
    readonly instanceView?: { readonly state?: string; readonly events?: readonly GroupEvent[] };
  };
}

export interface GroupContainer {
  readonly name: string;
  readonly properties: {
    readonly image: string;
    readonly command?: readonly string[];
    /** A variable without a value is a secure one. */
    readonly environmentVariables?: readonly { readonly name: string; readonly value?: string | null }[];
    readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
    readonly livenessProbe?: GroupProbe;
    readonly readinessProbe?: GroupProbe;
    readonly securityContext?: { readonly privileged?: boolean };
    readonly instanceView?: {
      readonly restartCount?: number;
      readonly currentState?: ContainerState;
      readonly previousState?: ContainerState;
      readonly events?: readonly GroupEvent[];
    };
  };
}

interface GroupProbe {
  readonly exec?: { readonly command?: readonly string[] };
}

interface GroupVolume {
  readonly name: string;
  readonly azureFile?: { readonly shareName: string; readonly storageAccountName: string };
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
