import { CheckFailure } from '../check-failure.js';
import type { Workbench } from '../workbench.js';

/** Where a connection is tried to. A shell variable may stand for an address or a port. */
export interface Destination {
  readonly what: string;
  readonly host: string;
  readonly port: number | string;
}

/** A firewall that drops packets is known by waiting. */
const TRY_SECONDS = 3;

/**
 * Tries TCP connections from inside a runtime, all at once. First its own port as a control: where that fails, nothing
 * else that fails would mean anything.
 *
 * @returns those that came about
 */
export async function connectionsFrom<T extends Destination>(
  bench: Workbench,
  runtime: string,
  destinations: readonly T[],
): Promise<T[]> {
  const { endpoint } = bench.runtime(runtime);
  const control = { host: '127.0.0.1', port: endpoint.kind === 'local' ? 0 : endpoint.port };
  const tries = [control, ...destinations].map(
    ({ host, port }, index) => `try ${index} "${host}" "${port}" &`,
  );
  // Of all shells only bash connects by itself.
  const command = `try() { timeout ${TRY_SECONDS} bash -c 'exec 3<>"/dev/tcp/$0/$1"' "$2" "$3" 2>/dev/null && echo "$1"; }
${tries.join('\n')}
wait`;
  const made = new Set((await bench.probe(runtime, command)).split('\n').map(Number));
  if (!made.has(0)) {
    throw new CheckFailure({
      expected: `a probe inside ${runtime} to connect to the runtime’s own port`,
      seen: 'it could not, so that nothing can be said of other connections',
      advice: 'see that the image has bash and timeout (coreutils)',
    });
  }
  return destinations.filter((_, index) => made.has(index + 1));
}
