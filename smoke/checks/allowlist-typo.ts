import { CheckFailure } from '../check-failure.js';
import type { Check } from '../model.js';

/** Accepted by the SDK without a word, and not what was meant. */
const TYPOS = ['foo:*', 'custom:', 'lookupOrder', 'builtin:*'];

export const allowlistTypo: Check = {
  id: 'allowlist-typo',
  why: 'A typo in an allowlist is refused by the client library: the SDK would accept it silently.',
  scope: ['runtime', 'tenant'],
  maySkipOn: [],
  async run(bench, { from }) {
    const client = await bench.client(from);
    const config = await bench.sessionConfig(from);
    for (const typo of TYPOS) {
      const sessionId = bench.newSessionId();
      bench.track(from, sessionId);
      const wrong = { ...config, availableTools: [typo] };
      const attempts = {
        create: () => client.createSession({ ...wrong, sessionId }),
        // Refused before the runtime is asked, which does not know the session.
        resume: () => client.resumeSession(sessionId, wrong),
      };
      for (const [action, attempt] of Object.entries(attempts)) {
        const refused = await attempt().then(
          () => undefined,
          (error: unknown) => error,
        );
        if (refused instanceof TypeError && refused.message.includes(JSON.stringify(typo))) continue;
        throw new CheckFailure({
          expected: `the client to refuse to ${action} a session with availableTools ["${typo}"]`,
          seen: refused instanceof Error ? refused.message : 'it was done',
          advice: 'connect through copilot-runtimes/client, which checks allowlists',
        });
      }
    }
    return undefined;
  },
};
