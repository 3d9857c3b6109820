import { DENIED } from './methods-denied.js';
import { any, type KeyRule } from './policy/keys.js';
import { APPROVE_ALL, PERMISSION_REPLY } from './policy/permissions.js';
import { SEND } from './policy/send.js';
import { CREATE, OPTIONS, RESUME } from './policy/session-options.js';

/** How a call is treated. */
export type Treatment =
  /** The handshake, answered by the gateway. */
  | 'handshake'
  /** Passed on to any replica. */
  | 'any-replica'
  /** Speaks of the GitHub identity of the replica, unless the call brings one. */
  | 'identity'
  | 'create'
  | 'resume'
  | 'list'
  | 'last'
  | 'metadata'
  | 'delete'
  | 'detach'
  /** Begins a turn of an attached session. */
  | 'turn'
  /** Passed on to the replica of a session that this connection has attached. */
  | 'session'
  /** As `session`; answers a request that this session was sent. */
  | 'reply';

export interface Allowed {
  readonly treatment: Treatment;
  readonly keys: Readonly<Record<string, KeyRule>>;
  /** What holds for it, for the documentation. */
  readonly rule: string;
}

/** Parameters of these names, of any value, and the session. */
const keys = (names = '') =>
  Object.fromEntries(['sessionId', ...names.split(' ').filter(Boolean)].map((name) => [name, any]));

const own = 'own attached session';
const session = (names?: string): Allowed => ({ treatment: 'session', keys: keys(names), rule: own });
const reply = (names: string): Allowed => ({
  treatment: 'reply',
  keys: keys(`requestId ${names}`),
  rule: `${own}, and only a request that it was sent`,
});

/** What a tenant may call; everything else is refused. */
export const ALLOWED: Readonly<Record<string, Allowed>> = {
  connect: {
    treatment: 'handshake',
    keys: keys('token supportedTaskKinds clientInfo enableGitHubTelemetryForwarding'),
    rule: 'the token of the tenant; settings of the connection are not passed on',
  },
  ping: { treatment: 'any-replica', keys: keys('message'), rule: 'any replica' },
  'status.get': { treatment: 'any-replica', keys: {}, rule: 'any replica' },
  'auth.getStatus': {
    treatment: 'identity',
    keys: {},
    rule: 'of the pool with policy `poolIdentity`, else "not authenticated"',
  },
  'models.list': {
    treatment: 'identity',
    keys: keys('gitHubToken'),
    rule: 'with a `gitHubToken`, or policy `poolIdentity`',
  },
  'session.create': {
    treatment: 'create',
    keys: CREATE,
    rule: 'a new id; options held to the policy; limit `sessions`',
  },
  'session.resume': {
    treatment: 'resume',
    keys: RESUME,
    rule: 'own session that no other connection has attached; options held to the policy; limit `sessions`',
  },
  'session.list': { treatment: 'list', keys: keys('filter'), rule: 'own sessions of every replica' },
  'session.getLastId': { treatment: 'last', keys: {}, rule: 'of the own sessions' },
  'session.getMetadata': { treatment: 'metadata', keys: keys(), rule: 'own session' },
  'session.delete': { treatment: 'delete', keys: keys(), rule: 'own session' },
  'session.detach': { treatment: 'detach', keys: keys(), rule: own },
  'session.send': {
    treatment: 'turn',
    keys: SEND,
    rule: `${own}; attachments in the message only; limit \`turns\``,
  },
  'session.abort': session('reason'),
  'session.interruptMainTurn': session(),
  'session.getMessages': session(),
  'session.log': session('message level type ephemeral url tip'),
  'session.options.update': {
    treatment: 'session',
    keys: OPTIONS,
    rule: `${own}; only what the SDK sets in empty mode`,
  },
  'session.eventLog.registerInterest': session('eventType'),
  'session.eventLog.releaseInterest': session('handle'),
  'session.model.getCurrent': session(),
  'session.model.switchTo': {
    treatment: 'session',
    keys: keys('modelId reasoningEffort reasoningSummary verbosity modelCapabilities contextTier'),
    rule: `${own}, of an identity or a provider of its own or with policy \`poolIdentity\``,
  },
  'session.model.setReasoningEffort': session('reasoningEffort'),
  'session.name.get': session(),
  'session.name.set': session('name'),
  'session.mode.get': session(),
  'session.usage.getMetrics': session(),
  'session.history.compact': session('customInstructions'),
  'session.history.abortManualCompaction': session(),
  'session.history.cancelBackgroundCompaction': session(),
  'session.metadata.snapshot': session(),
  'session.metadata.activity': session(),
  'session.metadata.isProcessing': session(),
  'session.metadata.getClientMetadata': session(),
  'session.metadata.updateClientMetadata': session('clear remove set'),
  'session.queue.pendingItems': session(),
  'session.queue.clear': session(),
  'session.queue.removeMostRecent': session(),
  'session.permissions.pendingRequests': session(),
  'session.permissions.resetSessionApprovals': session(),
  'session.permissions.setApproveAll': {
    treatment: 'session',
    keys: APPROVE_ALL,
    rule: `${own}; to switch it on, policy \`approveAll\``,
  },
  'session.permissions.handlePendingPermissionRequest': {
    ...reply(''),
    keys: PERMISSION_REPLY,
    rule: `${own}, and only a request that it was sent; no approval that outlives the session`,
  },
  'session.tools.handlePendingToolCall': reply('result error'),
  'session.commands.handlePendingCommand': reply('error'),
  'session.commands.respondToQueuedCommand': reply('result'),
  'session.ui.handlePendingUserInput': reply('response'),
  'session.ui.handlePendingElicitation': reply('result'),
  'session.ui.handlePendingExitPlanMode': reply('response'),
  'session.ui.handlePendingAutoModeSwitch': reply('response'),
  'session.ui.handlePendingSessionLimitsExhausted': reply('response'),
};

/** What a runtime may ask a client; a client hears only what concerns a session that it owns. */
export const ASKED: Readonly<Record<string, string>> = {
  'userInput.request': 'owner of the session',
  'exitPlanMode.request': 'owner of the session',
  'autoModeSwitch.request': 'owner of the session',
  'systemMessage.transform': 'owner of the session',
  'hooks.invoke': 'owner of the session',
  'providerToken.getToken': 'owner of the session',
};

/** Why a method that is not allowed is refused; undefined when nobody has decided about it. */
export function whyDenied(method: string): string | undefined {
  return Object.hasOwn(DENIED, method) ? DENIED[method] : undefined;
}

export function allowed(method: string): Allowed | undefined {
  return Object.hasOwn(ALLOWED, method) ? ALLOWED[method] : undefined;
}
