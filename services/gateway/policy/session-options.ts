import type { GatewayPolicy } from '../../../topology/schema/gateway.js';
import { forbidden } from '../errors.js';
import type { Json } from '../message.js';

import { any, checkKeys, directory, none, object, only, type KeyRule } from './keys.js';
import { availableTools } from './tools.js';

const HOST_FILES = 'it reads files of the replica';
const MCP = 'MCP servers run on the replica: offer their tools as tools of the application';
const AGENTS = 'an agent brings tools of its own';

/** Sessions write large outputs into their own folder, never where they say. */
const largeOutput = object({ enabled: any, maxSizeBytes: any, outputDir: directory });

/** What create and resume have in common. */
const SESSION: Readonly<Record<string, KeyRule>> = {
  sessionId: any,
  traceparent: any,
  tracestate: any,
  model: any,
  clientName: any,
  reasoningEffort: any,
  reasoningSummary: any,
  contextTier: any,
  isExperimentalMode: only(false),
  tools: any,
  toolSearch: any,
  commands: any,
  systemMessage: any,
  availableTools,
  excludedTools: any,
  toolFilterPrecedence: only('excluded'),
  excludedBuiltinAgents: any,
  provider: any,
  providers: any,
  models: any,
  modelCapabilities: any,
  gitHubToken: any,
  gitHubTokenProviderRegistrationId: none('pass gitHubToken instead of gitHubTokenProvider'),
  capi: any,
  enableSessionTelemetry: any,
  enableCitations: any,
  enableFileChangeTracking: only(false),
  sessionLimits: any,
  largeOutput,
  streaming: any,
  includeSubAgentStreamingEvents: any,
  requestPermission: any,
  requestUserInput: any,
  requestElicitation: any,
  requestExitPlanMode: any,
  requestAutoModeSwitch: any,
  askUserVariant: any,
  hooks: any,
  infiniteSessions: any,
  envValueMode: only('direct'),
  memory: object({ enabled: only(false) }),
  organizationCustomInstructions: any,
  skipEmbeddingRetrieval: any,
  embeddingCacheStorage: only('in-memory'),
  mcpOAuthTokenStorage: only('in-memory'),
  enableOnDemandInstructionDiscovery: only(false),
  enableFileHooks: only(false),
  enableHostGitOperations: only(false),
  enableSessionStore: only(false),
  enableSkills: only(false),
  enableConfigDiscovery: only(false),
  workingDirectory: directory,
  additionalDirectories: directory,
  configDir: none(HOST_FILES),
  skillDirectories: none(HOST_FILES),
  pluginDirectories: none(HOST_FILES),
  instructionDirectories: none(HOST_FILES),
  disabledSkills: any,
  disabledMcpServers: any,
  mcpServers: none(MCP),
  githubMcpToolConfig: none(MCP),
  requestMcpApps: none(MCP),
  authClientIdMetadataUrl: none(MCP),
  customAgents: none(AGENTS),
  customAgentsLocalOnly: only(true),
  defaultAgent: none(AGENTS),
  agent: none(AGENTS),
  canvases: none('a canvas is shared by all sessions of the replica'),
  openCanvases: none('a canvas is shared by all sessions of the replica'),
  canvasProvider: none('a canvas is shared by all sessions of the replica'),
  requestCanvasRenderer: none('a canvas is shared by all sessions of the replica'),
  requestExtensions: none('extensions run on the replica'),
  extensionSdkPath: none('extensions run on the replica'),
  extensionInfo: none('extensions run on the replica'),
  factories: none('factories run on the replica'),
  enableGitHubTelemetryForwarding: only(false),
  remoteSession: none('a session of the pool cannot be steered from elsewhere'),
  cloud: none("a cloud session runs as the replica's own identity: it needs a dedicated runtime"),
  featureFlags: none('they change the replica'),
  expAssignments: none('they change the replica'),
  enableManagedSettings: only(false),
  managedSettings: none('they change the replica'),
  requestedEnvironmentVariables: none("it reads the replica's environment"),
};

export const CREATE: Readonly<Record<string, KeyRule>> = SESSION;

export const RESUME: Readonly<Record<string, KeyRule>> = {
  ...SESSION,
  disableResume: any,
  continuePendingWork: any,
};

/** What the SDK sets after create and resume in empty mode, and no more: the method can undo every other limit. */
export const OPTIONS: Readonly<Record<string, KeyRule>> = {
  sessionId: any,
  skipCustomInstructions: any,
  customAgentsLocalOnly: only(true),
  coauthorEnabled: any,
  manageScheduleEnabled: only(false),
  installedPlugins: none('plugins run on the replica'),
  includedBuiltinSkills: none('a skill brings tools of its own'),
};

/**
 * What a session gets whatever its client says or leaves out: without them a runtime looks for hooks, skills,
 * settings and instructions among its own files.
 */
const ENFORCED: Json = {
  envValueMode: 'direct',
  toolFilterPrecedence: 'excluded',
  enableConfigDiscovery: false,
  enableFileHooks: false,
  enableHostGitOperations: false,
  enableOnDemandInstructionDiscovery: false,
  enableSessionStore: false,
  enableSkills: false,
  enableManagedSettings: false,
  customAgentsLocalOnly: true,
  embeddingCacheStorage: 'in-memory',
  mcpOAuthTokenStorage: 'in-memory',
  memory: { enabled: false },
};

/**
 * The parameters of a create or a resume as the runtime gets them.
 *
 * @param poolHasIdentity the replica would lend its own GitHub identity to a session without one
 * @throws {Refusal} when they would widen what the tenant's policy allows
 */
export function sessionOptions(
  method: 'session.create' | 'session.resume',
  params: Json,
  policy: GatewayPolicy,
  poolHasIdentity: boolean,
): Json {
  // Keys that the SDK sends as null are keys left out.
  const given = Object.fromEntries(Object.entries(params).filter(([, value]) => value !== null));
  checkKeys(
    method,
    { availableTools: undefined, ...given },
    method === 'session.create' ? CREATE : RESUME,
    policy,
  );
  if (poolHasIdentity && !policy.poolIdentity && !hasOwnModel(given)) {
    throw forbidden(
      `${method}: gitHubToken or provider is required, since the session would otherwise run as the pool's own identity`,
    );
  }
  return { ...given, ...ENFORCED };
}

/** A list of `providers` leaves room for models of the pool's identity; a single `provider` does not. */
function hasOwnModel({ gitHubToken, provider }: Json): boolean {
  return (
    (typeof gitHubToken === 'string' && gitHubToken !== '') || (provider !== undefined && provider !== null)
  );
}
