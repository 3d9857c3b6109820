import { CheckFailure } from '../check-failure.js';
import type { Check } from '../model.js';

import { notForbidden } from './answers.js';

/**
 * What a tenant could do to the others if the gateway let it: with parameters that change nothing, or none where the
 * method would want some, and the worst last, for the first that is not refused ends the check.
 */
export const FORBIDDEN_METHODS: Readonly<Record<string, object>> = {
  'sessions.list': {},
  'sessions.readPersistedEvents': {},
  'sessions.checkInUse': {},
  'sessions.fork': {},
  'sessions.bulkDelete': { sessionIds: [] },
  'sessions.pruneOld': { olderThanDays: 36_500, dryRun: true },
  'session.workspaces.readFile': {},
  'session.shell.exec': { command: 'true' },
  'session.shell.executeUserRequested': { requestId: 'smoke', command: 'true' },
  'session.tools.execute': {},
  'session.provider.add': {},
  'plugins.list': {},
  'plugins.install': {},
  'mcp.config.list': {},
  'mcp.config.add': {},
  'account.getCurrentAuth': {},
  'account.login': {},
  'user.settings.set': {},
  'sessionFs.setProvider': {},
  'llmInference.setProvider': {},
  'runtime.shutdown': {},
};

export const methodRefused: Check = {
  id: 'method-refused',
  why: 'The gateway refuses what reaches beyond a tenant’s own sessions: shells, files, other sessions, plug-ins, accounts, global handlers, shutdown.',
  scope: 'tenant',
  maySkipOn: [],
  async run(bench, { from }) {
    const own = await bench.session(from);
    const connection = await bench.raw(from);
    for (const [method, params] of Object.entries(FORBIDDEN_METHODS)) {
      const answer = await connection.call(method, { ...params, sessionId: own.sessionId });
      const seen = notForbidden(answer);
      if (seen !== undefined) throw failure(`${method} to be refused to ${from}`, seen);
    }
    const reply = await bench.ask(own, { reply: 'still there' });
    if (reply === '') throw failure('a session to go on after all refusals', 'it had no answer');
    return undefined;
  },
};

function failure(expected: string, seen: string): CheckFailure {
  return new CheckFailure({
    expected,
    seen,
    advice: 'see that tenants connect to a gateway of this version, and what changed its table of methods',
  });
}
