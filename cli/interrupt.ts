import { once } from 'node:events';

/** Ctrl-C, SIGTERM or a closed terminal: no mistake of anybody. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** A signal this soon after the first is the same request: npm passes on what Ctrl-C sent to us already. */
const SAME_REQUEST_MS = 500;

/** The first signal ends the run in order; a later one is the system's to answer. */
export function untilInterrupted(): { readonly signal: AbortSignal; readonly ended: () => Promise<void> } {
  const controller = new AbortController();
  const { signal } = controller;
  let since: number | undefined;
  const interrupt = (name: NodeJS.Signals) => {
    since ??= performance.now();
    controller.abort(new Interrupted(`interrupted by ${name}`));
    if (performance.now() - since < SAME_REQUEST_MS) return;
    for (const known of SIGNALS) process.off(known, interrupt);
    process.kill(process.pid, name);
  };
  for (const name of SIGNALS) process.on(name, interrupt);
  return {
    signal,
    async ended() {
      if (signal.aborted) return;
      // A promise keeps no process alive, and with every tenant suspended nothing else would.
      const alive = setInterval(() => undefined, 2 ** 30);
      await once(signal, 'abort');
      clearInterval(alive);
    },
  };
}
