/** A container group as Resource Manager shows it, as far as the suite looks at it. Secret values are never shown. */
export interface Group {
  readonly id: string;
  readonly name: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly identity?: {
    readonly userAssignedIdentities?: Readonly<Record<string, { readonly clientId?: string }>>;
  };
  readonly properties: {
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
    readonly image?: string;
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

interface ContainerState {
  readonly state?: string;
  readonly startTime?: string;
  readonly exitCode?: number;
  readonly detailStatus?: string;
}

interface GroupEvent {
  readonly name?: string;
  readonly type?: string;
  readonly message?: string;
}

export const containersOf = ({ properties }: Group): readonly GroupContainer[] => [
  ...(properties.initContainers ?? []),
  ...properties.containers,
];

/** Times that containers of a group were started again. */
export const restartsOf = ({ properties }: Group): number =>
  properties.containers.reduce((sum, one) => sum + (one.properties.instanceView?.restartCount ?? 0), 0);

/** What keeps a group from running, as Azure says it; undefined when it runs. */
export function groupTrouble({ name, properties }: Group): string | undefined {
  const stuck = properties.containers.find(
    (one) => one.properties.instanceView?.currentState?.state !== 'Running',
  );
  const { state } = properties.instanceView ?? {};
  if (state === 'Running' && !stuck) return undefined;
  const { currentState, events = [] } = stuck?.properties.instanceView ?? {};
  const said = [
    currentState?.state,
    currentState?.detailStatus,
    currentState?.exitCode === undefined ? undefined : `exit code ${currentState.exitCode}`,
  ].filter(Boolean);
  const warning = [...(properties.instanceView?.events ?? []), ...events].findLast(
    ({ type }) => type === 'Warning',
  );
  return [
    `container group ${name} is ${state ?? 'unknown'}`,
    ...(stuck && said.length > 0 ? [`container ${stuck.name}: ${said.join(', ')}`] : []),
    ...(warning?.message ? [warning.message] : []),
  ].join('; ');
}

/** Ids of Azure differ in capitals, depending on whom one asks. */
export const sameId = (one: string | undefined, other: string | undefined) =>
  one !== undefined && one.toLowerCase() === other?.toLowerCase();
