import { printEvent, type ProgressEvent } from '../smoke/index.js';

import { colors, print } from './output.js';

/** Progress of the suite: one line that is rewritten on a terminal, a plain line per tenth elsewhere. */
export function suiteProgress() {
  const { stdout } = process;
  let tenth = -1;
  return {
    update({ done, total, result }: Pick<ProgressEvent, 'done' | 'total' | 'result'>) {
      if (stdout.isTTY) {
        const text = `checking ${done}/${total} ${result.check}`;
        stdout.write(`\r\u001B[2K${colors.dim(text.slice(0, (stdout.columns ?? 80) - 1))}`);
        return;
      }
      const now = Math.floor((10 * done) / total);
      if (now > tenth) print(`checking ${done}/${total}`);
      tenth = now;
    },
    clear() {
      if (stdout.isTTY) stdout.write('\r\u001B[2K');
    },
  };
}

/** Progress as lines for programs. */
export const eventProgress = {
  update({
    done,
    total,
    result: { check, from, to, verdict },
  }: Pick<ProgressEvent, 'done' | 'total' | 'result'>) {
    const result = { check, from, ...(to !== undefined && { to }), verdict };
    print(printEvent({ type: 'progress', done, total, result }));
  },
  clear: () => undefined,
};
