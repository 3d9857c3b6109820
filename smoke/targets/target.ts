import type { CopilotClient } from '@github/copilot-sdk';

import type { ConnectOptions } from '../../client/index.js';
import type { SecretPlace } from '../../topology/index.js';

import type { AzureView } from './azure/view.js';
import type { ClusterView } from './kubernetes/view.js';

/** Kind of place that a manifest was deployed to; decides how endpoints and tokens are found. */
export type TargetKind = 'local' | 'kubernetes' | 'azure';

/** A place where a manifest is deployed: finds endpoints and reads tokens. All else the suite does by the SDK. */
export interface Target {
  readonly kind: TargetKind;
  /** As reports name it. @default - its kind */
  readonly name?: string;
  /** `host:port` at which the suite reaches a runtime. Asked anew for each connection, for it may change. */
  address(runtime: string): Promise<string>;
  /** `host:port` at which the suite reaches the gateway of the pool. @throws TargetError when there is none */
  gateway(): Promise<string>;
  /** `host:port` of each gateway that serves, by its name. @default - there is the one of {@link gateway} */
  gateways?(): Promise<ReadonlyMap<string, string>>;
  /** The value behind a place in the manifest. */
  secret(place: SecretPlace): Promise<string>;
  /** Base URL of the runtime's stand-ins as the runtime itself sees them; undefined when it has none. */
  standIn(runtime: string): Promise<string | undefined>;
  /** COPILOT_HOME as the runtime's process must have it. */
  home(runtime: string): string;
  /** What the runtime and its host have logged. */
  log(runtime: string): Promise<string>;
  /** Opens a client as an application would: by our client library. */
  connect(options: ConnectOptions): Promise<CopilotClient>;
  /** What the API server says of the deployment; on Kubernetes only. */
  readonly kubernetes?: ClusterView;
  /** What Resource Manager says of the deployment; on Azure only. */
  readonly azure?: AzureView;
  /**
   * Ends what a runtime runs in and waits for its successor. @default - the platform has nothing around the process
   */
  replace?(runtime: string): Promise<void>;
  /** What befell a runtime since it was last connected to, if that explains a failure. */
  lost?(runtime: string): Promise<string | undefined>;
  close(): Promise<void>;
}
