import { CheckFailure } from '../check-failure.js';
import type { Check } from '../model.js';

/**
 * Looks for the secrets of the process in files and in the arguments of all processes that can be seen from inside.
 * They reach grep on its standard input, for its own arguments can be seen too.
 */
const SECRETS_IN_SIGHT = [
  `tr '\\0' '\\n' < /proc/$PPID/environ`,
  `sed -n 's/^COPILOT_CONNECTION_TOKEN=\\(.\\)/\\1/p; s/^COPILOT_GITHUB_TOKEN=\\(.\\)/\\1/p'`,
  `grep -rlFf - "$COPILOT_HOME" "\${TMPDIR:-/tmp}" /proc/[0-9]*/cmdline 2>/dev/null`,
].join(' | ');

/** Shape of GitHub's tokens: the suite does not know those that users bring. */
export const GITHUB_TOKEN = /\b(gh[opsur]_\w{20,}|github_pat_\w{20,})/;

export const tokenNotWritten: Check = {
  id: 'token-not-written',
  why: 'No connection token and no GitHub token stands in a file of the home, in a temporary file, in a log or in the arguments of a process.',
  scope: 'runtime',
  maySkipOn: [],
  async run(bench, { from }) {
    const files = await bench.probe(from, `${SECRETS_IN_SIGHT}; true`);
    if (files !== '') throw failure(`a secret in ${files.split('\n').join(', ')}`);
    const log = await bench.target.log(from);
    for (const runtime of bench.reachableRuntimes()) {
      if (log.includes(await bench.connectionToken(runtime)))
        throw failure(`the connection token of ${runtime} in the log of ${from}`);
    }
    if (GITHUB_TOKEN.test(log)) throw failure('a GitHub token in the log');
    return undefined;
  },
};

function failure(seen: string): CheckFailure {
  return new CheckFailure({
    expected: 'no token in any file, log or argument',
    seen,
    advice:
      'rotate the token (raise its revision), remove the file or the lines, and find out what wrote them',
  });
}
