import { CheckFailure } from '../check-failure.js';
import type { Check } from '../model.js';

/** The protocol that the pinned SDK speaks. */
const PROTOCOL_VERSION = 3;

export const reachable: Check = {
  id: 'reachable',
  why: 'A runtime answers at its name with its own token, and can create a session: an unwritable home answers a ping but cannot.',
  scope: ['runtime', 'tenant'],
  foundation: true,
  maySkipOn: [],
  async run(bench, { from }) {
    const client = await bench.client(from);
    const { protocolVersion } = await client.getStatus();
    if (protocolVersion !== PROTOCOL_VERSION) {
      throw new CheckFailure({
        expected: `protocol version ${PROTOCOL_VERSION}`,
        seen: String(protocolVersion),
        advice: 'deploy the image whose runtime belongs to the pinned SDK',
      });
    }
    await bench.session(from, { availableTools: [] });
    return undefined;
  },
};
