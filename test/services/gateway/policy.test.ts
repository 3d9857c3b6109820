import { describe, expect, it } from '@jest/globals';

import { ALLOWED } from '../../../services/gateway/methods.js';
import { checkKeys } from '../../../services/gateway/policy/keys.js';
import { CREATE, RESUME, sessionOptions } from '../../../services/gateway/policy/session-options.js';
import { gatewayPolicy, type GatewayPolicy } from '../../../topology/schema/gateway.js';

const policy = (changes: Partial<GatewayPolicy> = {}) => gatewayPolicy.parse(changes);
const PROVIDER = { provider: { type: 'openai', baseUrl: 'http://m' } };

function create(options: Record<string, unknown>, changes?: Partial<GatewayPolicy>, poolHasIdentity = false) {
  const params = { sessionId: 's', availableTools: ['custom:*'], ...options };
  return () => sessionOptions('session.create', params, policy(changes), poolHasIdentity);
}

describe('options of a session', () => {
  it.each<[string, Record<string, unknown>, RegExp]>([
    ['no list of tools', { availableTools: undefined }, /availableTools must be a list/],
    ['no list of tools, said as null', { availableTools: null }, /availableTools must be a list/],
    ['every built-in tool', { availableTools: ['builtin:*'] }, /"builtin:\*", which is not allowed/],
    ['a built-in tool', { availableTools: ['custom:*', 'builtin:view'] }, /"builtin:view"/],
    ['a tool without an origin', { availableTools: ['view'] }, /"view"/],
    ['MCP tools', { availableTools: ['mcp:*'] }, /"mcp:\*"/],
    ['a list in the list', { availableTools: [['custom:*']] }, /list of texts/],
    ['a working directory', { workingDirectory: '/' }, /workingDirectory/],
    ['more directories', { additionalDirectories: ['/'] }, /workingDirectory/],
    ['a place for large outputs', { largeOutput: { outputDir: '/' } }, /largeOutput\.outputDir/],
    ['MCP servers', { mcpServers: { x: {} } }, /mcpServers is not allowed/],
    ['custom agents', { customAgents: [{ name: 'x' }] }, /customAgents is not allowed/],
    ['plugins', { pluginDirectories: ['/x'] }, /pluginDirectories/],
    ['skills', { enableSkills: true }, /enableSkills must be false/],
    ['hooks of files', { enableFileHooks: true }, /enableFileHooks/],
    ['settings of the replica', { enableConfigDiscovery: true }, /enableConfigDiscovery/],
    ['memory', { memory: { enabled: true } }, /memory\.enabled/],
    ['the cloud', { cloud: { repository: {} } }, /cloud/],
    ['flags', { featureFlags: { x: true } }, /featureFlags/],
    ['an unknown key', { brandNew: 1 }, /brandNew is not a key that may pass/],
    ['a key of every object', { constructor: {} }, /constructor is not a key/],
    ['a key of resume', { continuePendingWork: true }, /continuePendingWork/],
  ])('%s is refused', (_, options, message) => {
    expect(create(options)).toThrow(message);
    // The negative twin: without it the session is created.
    expect(create({})).not.toThrow();
  });

  it('allow by policy what they otherwise refuse', () => {
    const view = { availableTools: ['custom:x', 'builtin:view'] };
    expect(create(view, { builtInTools: ['view'] })).not.toThrow();
    expect(create({ availableTools: ['builtin:*'] }, { builtInTools: ['view'] })).toThrow(/builtin:\*/);
    expect(create({ availableTools: ['builtin:*', 'view'] }, { builtInTools: ['*'] })).not.toThrow();
    expect(create({ workingDirectory: '/srv' }, { workingDirectory: true })).not.toThrow();
  });

  it('never lend the identity of the pool, unless the policy does', () => {
    expect(create({}, {}, true)).toThrow(/gitHubToken or provider is required/);
    expect(create({ providers: [PROVIDER.provider] }, {}, true)).toThrow(/is required/);
    expect(create({ gitHubToken: '' }, {}, true)).toThrow(/is required/);
    expect(create({}, { poolIdentity: true }, true)).not.toThrow();
    expect(create({ gitHubToken: 'gho_x' }, {}, true)).not.toThrow();
    expect(create(PROVIDER, {}, true)).not.toThrow();
    expect(create({}, {}, false)).not.toThrow();
  });

  it('get what keeps a runtime from its own files, whatever the client leaves out', () => {
    expect(create({})()).toMatchObject({
      enableConfigDiscovery: false,
      enableFileHooks: false,
      enableSkills: false,
      memory: { enabled: false },
      customAgentsLocalOnly: true,
    });
  });

  it('are the same on resume, with what only that has', () => {
    const resume = (options: Record<string, unknown>) => () =>
      sessionOptions('session.resume', { sessionId: 's', ...options }, policy(), false);
    expect(resume({})).toThrow(/availableTools/);
    expect(resume({ availableTools: [], continuePendingWork: true })).not.toThrow();
    expect(Object.keys(CREATE).filter((key) => !Object.hasOwn(RESUME, key))).toEqual([]);
  });
});

describe('parameters of other calls', () => {
  const check = (method: string, params: Record<string, unknown>, changes?: Partial<GatewayPolicy>) => () =>
    checkKeys(method, params, ALLOWED[method]!.keys, policy(changes));

  it.each<[string, Record<string, unknown>]>([
    ['session.send', { attachments: [{ type: 'file', path: '/etc/passwd' }] }],
    ['session.send', { attachments: [{ type: 'directory', path: '/' }] }],
    ['session.send', { attachments: [{ type: 'selection', filePath: '/x' }] }],
    ['session.send', { agentMode: 'autopilot' }],
    ['session.options.update', { availableTools: ['builtin:*'] }],
    ['session.options.update', { workingDirectory: '/' }],
    ['session.options.update', { eventsLogDirectory: '/' }],
    ['session.options.update', { provider: {} }],
    ['session.options.update', { installedPlugins: [{ name: 'x' }] }],
    ['session.permissions.setApproveAll', { enabled: true }],
    ['session.permissions.handlePendingPermissionRequest', { result: { kind: 'approve-permanently' } }],
    ['session.permissions.handlePendingPermissionRequest', { result: { kind: 'approve-for-location' } }],
    ['session.model.switchTo', { modelId: 'm', pickerPersistence: {} }],
    ['session.getMessages', { sessionIds: [] }],
  ])('%s with %j is refused', (method, params) => {
    expect(check(method, { sessionId: 's', ...params })).toThrow(method);
  });

  it('pass as the SDK sends them', () => {
    expect(
      check('session.options.update', {
        sessionId: 's',
        skipCustomInstructions: true,
        customAgentsLocalOnly: true,
        coauthorEnabled: false,
        manageScheduleEnabled: false,
        installedPlugins: [],
        includedBuiltinSkills: [],
      }),
    ).not.toThrow();
    expect(check('session.send', { prompt: 'x', attachments: [{ type: 'blob', data: '' }] })).not.toThrow();
    expect(check('session.permissions.setApproveAll', { enabled: true }, { approveAll: true })).not.toThrow();
  });
});
