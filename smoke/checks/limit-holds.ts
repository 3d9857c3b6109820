import { CheckFailure } from '../check-failure.js';
import { GATEWAY_CODE } from '../gateway-codes.js';
import type { Check, Subject } from '../model.js';
import { gatewayExpectation } from '../party.js';
import { inTime } from '../patience.js';
import { RawConnection } from '../raw-connection.js';
import type { Workbench } from '../workbench.js';

/** More than this are not opened for a check. */
const MAX_CONNECTIONS = 500;
/** What a turn of another tenant may take meanwhile, in milliseconds; alone it takes 20. */
const TURN_MS = 5000;

export const limitHolds: Check = {
  id: 'limit-holds',
  why: 'A tenant that opens connections without end is refused at its limit, with an error that says so, and no other tenant notices.',
  scope: 'gateway',
  disruptive: true,
  maySkipOn: ['local', 'kubernetes', 'azure'],
  async run(bench, { from, to }) {
    const { limits, replicas } = gatewayExpectation(bench.manifest, from);
    // Each gateway counts for itself, and nobody knows which one a connection comes to.
    const most = limits.connections * replicas;
    if (most > MAX_CONNECTIONS) return { skipped: `it would open more than ${MAX_CONNECTIONS} connections` };
    const other = to === undefined ? undefined : await bench.session(to);
    const opened: RawConnection[] = [];
    try {
      const refusal = await useUp(bench, { from }, most, opened);
      if (!refusal.includes(String(limits.connections))) {
        throw failure('an error that names the limit', refusal);
      }
      if (other) {
        const begun = performance.now();
        await bench.say(other, 'noted');
        const took = Math.round(performance.now() - begun);
        if (took > TURN_MS) throw failure(`${to} not to notice`, `a turn of it took ${took} ms`);
      }
    } finally {
      for (const connection of opened) connection.close();
    }
    // And it goes on as soon as there is room.
    await bench.connect(from, await bench.connectionToken(from));
    return undefined;
  },
};

/** Opens connections until one is refused: what it is told. */
async function useUp(
  bench: Workbench,
  { from }: Subject,
  most: number,
  opened: RawConnection[],
): Promise<string> {
  const [address, token] = await Promise.all([bench.address(from), bench.connectionToken(from)]);
  while (opened.length <= most) {
    try {
      opened.push(await inTime(RawConnection.open(address, token), `connecting to ${from}`));
    } catch (error) {
      const { code, message } = error as { code?: unknown; message: string };
      if (code === GATEWAY_CODE.limit) return message;
      throw error;
    }
  }
  throw failure(`${from} to be refused after ${most} connections`, `${opened.length} were let in`);
}

function failure(expected: string, seen: string): CheckFailure {
  return new CheckFailure({
    expected,
    seen,
    advice: 'see pool.gateway.limits and the limits of the tenant, and what the gateway was configured with',
  });
}
