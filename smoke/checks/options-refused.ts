import type { ManifestGateway } from '../../topology/index.js';
import { CheckFailure } from '../check-failure.js';
import type { Check } from '../model.js';
import { gatewayExpectation } from '../party.js';

import { notForbidden } from './answers.js';

type Policy = ManifestGateway['expect']['tenants'][string]['policy'];

/** Options of a session that would let it out of itself, and when the policy of a tenant allows them. */
const WIDENING: readonly {
  readonly what: string;
  readonly options: object;
  readonly allowed?: (policy: Policy) => boolean;
}[] = [
  { what: 'no list of tools', options: { availableTools: undefined } },
  {
    what: 'a shell',
    options: { availableTools: ['builtin:bash'] },
    allowed: ({ builtInTools }) => builtInTools.includes('bash') || builtInTools.includes('*'),
  },
  {
    what: 'a built-in tool by its bare name',
    options: { availableTools: ['view'] },
    allowed: ({ builtInTools }) => builtInTools.includes('*'),
  },
  {
    what: 'a directory of the replica',
    options: { workingDirectory: '/' },
    allowed: ({ workingDirectory }) => workingDirectory,
  },
  { what: 'settings among the files of the replica', options: { configDir: '/' } },
  { what: 'discovery of settings', options: { enableConfigDiscovery: true } },
  { what: 'hooks among the files of the replica', options: { enableFileHooks: true } },
  {
    what: 'an MCP server',
    options: { mcpServers: { smoke: { type: 'local', command: 'true', args: [], tools: ['*'] } } },
  },
  { what: 'a cloud session', options: { cloud: { repository: { owner: 'smoke', name: 'smoke' } } } },
];

export const optionsRefused: Check = {
  id: 'options-refused',
  why: 'The gateway holds the options of a session to the tenant’s policy, whatever the client asks for, when it is created and when it is resumed.',
  scope: 'tenant',
  maySkipOn: [],
  async run(bench, { from }) {
    const { policy } = gatewayExpectation(bench.manifest, from);
    const connection = await bench.raw(from);
    const { onPermissionRequest: _, ...base } = await bench.sessionConfig(from);
    const attempt = async (method: string, sessionId: string, options: object) => {
      bench.track(from, sessionId);
      return connection.call(method, { ...base, ...options, sessionId });
    };

    // The control: it is the option that is refused, and not the session.
    const own = bench.newSessionId();
    const control = await attempt('session.create', own, {});
    if ('error' in control) throw failure('a session as planned to be created', control.error.message);
    for (const { what, options, allowed } of WIDENING) {
      if (allowed?.(policy)) continue;
      for (const [method, id] of [
        ['session.create', bench.newSessionId()],
        ['session.resume', own],
      ] as const) {
        const seen = notForbidden(await attempt(method, id, options));
        if (seen !== undefined) throw failure(`${method} with ${what} to be refused to ${from}`, seen);
      }
    }
    if (policy.approveAll) return undefined;
    const approving = { sessionId: own, enabled: true };
    const seen = notForbidden(await connection.call('session.permissions.setApproveAll', approving));
    if (seen !== undefined) throw failure(`approval of everything to be refused to ${from}`, seen);
    return undefined;
  },
};

function failure(expected: string, seen: string): CheckFailure {
  return new CheckFailure({
    expected,
    seen,
    advice: 'see pool.gateway.policy and the policy of the tenant, and what the gateway was configured with',
  });
}
