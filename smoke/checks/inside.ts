import type { Workbench } from '../workbench.js';

/** Value of an environment variable of the runtime's process, read from inside; '' when it is not set. */
export function processVariable(bench: Workbench, runtime: string, name: string): Promise<string> {
  return bench.probe(runtime, `tr '\\0' '\\n' < /proc/$PPID/environ | sed -n 's/^${name}=//p'`);
}

/** Arguments of the runtime's process, read from inside. */
export async function processArguments(bench: Workbench, runtime: string): Promise<string[]> {
  return (await bench.probe(runtime, `tr '\\0' '\\n' < /proc/$PPID/cmdline`)).split('\n');
}
