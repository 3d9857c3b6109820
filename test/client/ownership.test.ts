import { describe, expect, it } from '@jest/globals';

import {
  encodeSessionId,
  MemoryOwnershipStore,
  OwnedSessions,
  RedisOwnershipStore,
  SessionNotFoundError,
  type OwnershipStore,
} from '../../client/index.js';
import { bringUp } from '../../local/index.js';
import { afterTest, temporaryDirectory } from '../support/cleanup.js';
import { describeWithRedis, TestRedis } from '../support/redis.js';
import { ask, clientOf, sessionConfig } from '../support/runtime-client.js';
import { planOf } from '../support/topology.js';

const ACME = 'tenant/acme';

function storeKeepsOwners(make: () => Promise<OwnershipStore>): void {
  it('gives a session to whoever claims it first, until it is released', async () => {
    const store = await make();
    await expect(store.ownerOf('s')).resolves.toBeUndefined();
    await expect(store.release('s', 'alice')).resolves.toBe(false);
    await expect(store.claim('s', 'alice')).resolves.toBe(true);
    await expect(store.claim('s', 'bob')).resolves.toBe(false);
    await expect(store.claim('s', 'alice')).resolves.toBe(true);
    await expect(store.ownerOf('s')).resolves.toBe('alice');
    await expect(store.release('s', 'bob')).resolves.toBe(false);
    await expect(store.ownerOf('s')).resolves.toBe('alice');
    await expect(store.release('s', 'alice')).resolves.toBe(true);
    await expect(store.claim('s', 'bob')).resolves.toBe(true);
  });

  it('gives it to one of many who claim at once', async () => {
    const store = await make();
    const claims = await Promise.all(Array.from({ length: 20 }, (_, n) => store.claim('s', `user-${n}`)));
    expect(claims.filter(Boolean)).toHaveLength(1);
    await expect(store.ownerOf('s')).resolves.toBe(`user-${claims.indexOf(true)}`);
  });
}

describe('an ownership store in memory', () => {
  storeKeepsOwners(async () => new MemoryOwnershipStore());
});

describeWithRedis('an ownership store in a real Redis', () => {
  storeKeepsOwners(async () => new RedisOwnershipStore(await (await TestRedis.start()).client()));
});

describe('two users of one tenant, on its real runtime', () => {
  it('each see, resume and delete their own sessions, and a foreign one is as if it were not there', async () => {
    const { stateDirectory: state, stop } = await bringUp(planOf(), { stateRoot: temporaryDirectory() });
    afterTest(stop);
    const client = await clientOf(state, ACME);
    const config = sessionConfig(state, ACME);
    const store = new MemoryOwnershipStore();
    const of = (user?: string) =>
      new OwnedSessions(client, { owner: { tenant: 'acme', ...(user && { user }) }, store });
    const [alice, bob, everybody] = [of('alice'), of('bob'), of()];

    const session = await alice.create({ ...config, unique: 'order-7' });
    expect(session.sessionId).toBe(encodeSessionId({ tenant: 'acme', user: 'alice', unique: 'order-7' }));
    await ask(session, { reply: 'hello' });
    const ids = async (sessions: OwnedSessions) => (await sessions.list()).map(({ sessionId }) => sessionId);
    await expect(ids(alice)).resolves.toEqual([session.sessionId]);
    await expect(ids(bob)).resolves.toEqual([]);
    await expect(ids(everybody)).resolves.toEqual([session.sessionId]);
    // The runtime itself shows it to whoever has its token.
    expect(await client.listSessions()).toHaveLength(1);

    const absent = encodeSessionId({ tenant: 'acme', user: 'bob', unique: 'none' });
    const refusal = (id: string) => new SessionNotFoundError(id).message;
    await expect(bob.resume(session.sessionId, config)).rejects.toThrow(refusal(session.sessionId));
    await expect(bob.delete(session.sessionId)).rejects.toThrow(refusal(session.sessionId));
    await expect(bob.resume(absent, config)).rejects.toThrow(refusal(absent));
    await expect(bob.delete('smoke-1')).rejects.toThrow(SessionNotFoundError);
    await expect(ids(alice)).resolves.toEqual([session.sessionId]);

    // An id that says Bob, of a session that the store does not know as his.
    await client.createSession({ ...config, sessionId: absent });
    await expect(bob.resume(absent, config)).rejects.toThrow(SessionNotFoundError);

    const resumed = await alice.resume(session.sessionId, config);
    await expect(ask(resumed, { recall: true })).resolves.toContain('hello');
    await alice.delete(session.sessionId);
    await expect(ids(alice)).resolves.toEqual([]);
    await expect(store.ownerOf(session.sessionId)).resolves.toBeUndefined();
  });
});
