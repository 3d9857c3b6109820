import type { Properties } from '../store.js';

/** Properties of a container group, as far as the stand-in looks at them. */
export interface GroupProperties extends Properties {
  readonly osType?: string;
  readonly sku?: string;
  readonly priority?: string;
  readonly restartPolicy?: 'Always' | 'OnFailure' | 'Never';
  readonly subnetIds?: readonly { readonly id: string }[];
  readonly ipAddress?: {
    readonly type: string;
    readonly ports?: readonly Port[];
    readonly ip?: string;
  };
  readonly dnsConfig?: object;
  readonly imageRegistryCredentials?: readonly { readonly server: string; readonly identity?: string }[];
  readonly diagnostics?: { readonly logAnalytics?: object };
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly volumes?: readonly Volume[];
}

interface Port {
  readonly port: number;
  readonly protocol?: string;
}

export interface Container {
  readonly name: string;
  readonly properties: {
    readonly image: string;
    readonly command?: readonly string[];
    readonly environmentVariables?: readonly EnvironmentVariable[];
    readonly ports?: readonly Port[];
    readonly resources?: {
      readonly requests?: { readonly cpu: number; readonly memoryInGB: number };
      readonly limits?: { readonly cpu?: number; readonly memoryInGB?: number };
    };
    readonly volumeMounts?: readonly VolumeMount[];
    readonly livenessProbe?: Probe;
    readonly readinessProbe?: Probe;
  };
}

export interface EnvironmentVariable {
  readonly name: string;
  readonly value?: string;
  readonly secureValue?: string;
}

export interface VolumeMount {
  readonly name: string;
  readonly mountPath: string;
  readonly readOnly?: boolean;
}

export interface Volume {
  readonly name: string;
  readonly azureFile?: AzureFile;
  readonly emptyDir?: object;
  readonly secret?: object;
  readonly gitRepo?: object;
}

export interface AzureFile {
  readonly shareName: string;
  readonly storageAccountName: string;
  readonly storageAccountKey?: string;
  readonly readOnly?: boolean;
}

export interface Probe {
  readonly exec?: { readonly command?: readonly string[] };
  readonly httpGet?: { readonly path?: string; readonly port: number; readonly scheme?: string };
  readonly initialDelaySeconds?: number;
  readonly periodSeconds?: number;
  readonly failureThreshold?: number;
  readonly successThreshold?: number;
  readonly timeoutSeconds?: number;
}
