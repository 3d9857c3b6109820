import { randomBytes } from 'node:crypto';

import { CheckFailure } from '../check-failure.js';
import type { Check } from '../model.js';

/**
 * Shell commands after which `$m` is a text and `$t` the temporary directory. The text is put together in the shell,
 * so that the command itself, which lands in a journal, does not hold it.
 */
function withMark(mark: string): string {
  const half = mark.length / 2;
  return `m="${mark.slice(0, half)}"; m="\${m}${mark.slice(half)}"; t="\${TMPDIR:-/tmp}";`;
}

/**
 * Lists the files that hold a text: of the last minutes in the home and the temporary directory, and those that the
 * runtime has open elsewhere. By path, for the number of an open file may be another file's a moment later.
 */
function filesWith(mark: string): string {
  return `${withMark(mark)} r=$(cd "$COPILOT_HOME" && pwd -P)
find "$COPILOT_HOME" "$COPILOT_HOME/session-state/" "$t" -type f -mmin -10 -exec grep -lF "$m" {} + 2>/dev/null
for f in /proc/$PPID/fd/*; do
p=$(readlink "$f"); case "$p" in "$r"/*) ;; *) [ -f "$p" ] && grep -lF "$m" "$p" 2>/dev/null ;; esac
done; true`;
}

export const stateInPlace: Check = {
  id: 'state-in-place',
  why: 'What is said in a session lies in session-state/<id> of that tenant’s home and nowhere else.',
  scope: 'runtime',
  maySkipOn: [],
  async run(bench, { from }) {
    const mark = randomBytes(16).toString('hex');
    // What a tool leaves in the temporary directory, as the runtime does with long outputs, is nobody else's to see.
    const left = bench.newSessionId();
    const leave = `umask 077; ${withMark(mark)} { printf %s "$m" > "$t/${left}"; } 2>/dev/null; printf %s "$COPILOT_HOME"`;
    const home = await bench.probe(from, leave);
    try {
      const planned = bench.target.home(from);
      if (home !== planned) throw failure(`COPILOT_HOME to be ${planned}`, home || 'it is not set');
      const session = await bench.session(from);
      await bench.say(session, `keep ${mark}`);
      const own = `${home}/session-state/${session.sessionId}/`;
      for (const runtime of bench.reachableRuntimes()) {
        const found = new Set((await bench.probe(runtime, filesWith(mark))).split('\n').filter(Boolean));
        const shared =
          bench.runtime(runtime).expect.sharedSessions && bench.runtime(from).expect.sharedSessions;
        const expected = (file: string) =>
          (runtime === from && (file.startsWith(own) || file.endsWith(`/${left}`))) ||
          (shared && file.startsWith(`${bench.target.home(runtime)}/session-state/${session.sessionId}/`));
        const astray = [...found].filter((file) => !expected(file));
        const missing = runtime === from && ![...found].some((file) => file.startsWith(own));
        if (astray.length === 0 && !missing) continue;
        const where = [
          missing && `not below ${own}`,
          astray.length > 0 && `${runtime} has it in ${astray.join(', ')}`,
        ];
        throw failure(`what a session of ${from} says to lie below ${own}`, where.filter(Boolean).join('; '));
      }
    } finally {
      await bench.probe(from, `rm -f "\${TMPDIR:-/tmp}/${left}"`).catch(() => undefined);
    }
    if ((await bench.target.log(from)).includes(mark)) {
      throw failure(`what a session of ${from} says to be in no log`, 'it is in the log of the runtime');
    }
    return undefined;
  },
};

function failure(expected: string, seen: string): CheckFailure {
  return new CheckFailure({
    expected,
    seen,
    advice:
      'deploy the planned environment again: each runtime has a home and a temporary directory of its own, and no log and no telemetry holds prompts',
  });
}
