import { CheckFailure, type Check } from '../model.js';

import { LOOKS } from './intrusion.js';

export const poolTenantsApart: Check = {
  id: 'pool-tenants-apart',
  why: 'Two tenants of one pool cannot see each other’s sessions; without a gateway, whoever holds a replica’s token can.',
  scope: 'pool',
  maySkipOn: [],
  async run(bench, { from, to }) {
    const route = bench.manifest.routes[to!];
    if (route?.to !== 'pool') throw new Error(`${to} is not in the pool`);
    const replica = route.replicas.find((id) => bench.reachable(id));
    if (replica === undefined) throw new Error('the pool has no replica that can be reached');

    const session = await bench.session(replica);
    await bench.say(session, `a secret of ${to}`);
    // What `from` holds is the token of the replica, the same that `to` holds.
    const intruder = await bench.connect(replica, await bench.connectionToken(replica));
    const seen: string[] = [];
    for (const [action, look] of Object.entries(LOOKS)) {
      const got = await look(intruder, session.sessionId);
      if (got !== undefined) seen.push(`${action} (${got})`);
    }
    if (seen.length === 0) return undefined;
    const finding = `${from} can see the session of ${to} on ${replica}: ${seen.join(', ')}`;
    if (bench.manifest.accept.openPool) return { accepted: finding, by: 'smoke.accept.openPool' };
    throw new CheckFailure({
      expected: `${from} not to see the sessions of ${to}`,
      seen: finding,
      advice:
        'give them placement: dedicated; if all tenants of the pool may see each other, say so with smoke.accept.openPool: true',
    });
  },
};
