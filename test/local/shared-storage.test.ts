import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { expect, it, jest } from '@jest/globals';

import { connectRuntime } from '../../client/index.js';
import { bringUp } from '../../local/index.js';
import { GATEWAY_FILES, parseManifest } from '../../topology/index.js';
import { parseLocalEndpoint } from '../../topology/local-endpoint.js';
import { afterTest, temporaryDirectory } from '../support/cleanup.js';
import { contents, modeOf } from '../support/files.js';
import { describeWithRedis, TestRedis } from '../support/redis.js';
import { ask, sessionConfig } from '../support/runtime-client.js';
import { planOf } from '../support/topology.js';

jest.setTimeout(120_000);

const PASSWORD = 'the-password-of-redis';

describeWithRedis('a local pool with shared storage', () => {
  it('keeps the sessions of all replicas together, each in a home of its own, under locks in Redis', async () => {
    const redis = await TestRedis.start();
    await (await redis.client()).config('SET', 'requirepass', PASSWORD);
    const deployment = await bringUp(
      planOf({
        pattern: 'shared',
        pool: {
          replicas: 2,
          storage: 'shared',
          lock: { redis: { url: redis.url, password: { env: 'REDIS_PASSWORD' } } },
          gateway: { drainSeconds: 1 },
        },
      }),
      { stateRoot: temporaryDirectory(), env: { ...process.env, REDIS_PASSWORD: PASSWORD } },
    );
    afterTest(() => deployment.stop());
    const state = deployment.stateDirectory;
    const at = (file: string) => path.join(state, file);
    const endpoint = parseLocalEndpoint(readFileSync(at(GATEWAY_FILES.endpoint), 'utf8'));
    const client = await connectRuntime({
      address: `127.0.0.1:${endpoint?.port}`,
      connectionToken: readFileSync(at(`${GATEWAY_FILES.tokens}/acme.a`), 'utf8'),
    });
    afterTest(() => client.forceStop());
    const session = await client.createSession({ ...sessionConfig(state, 'pool/0'), sessionId: 's' });
    await expect(ask(session, { reply: 'hello' })).resolves.toBe('hello');

    expect(readdirSync(at('pool/shared/sessions')).sort()).toEqual([
      'acme__s',
      'copilot-runtimes-health-pool-0',
      'copilot-runtimes-health-pool-1',
    ]);
    for (const replica of ['pool/0', 'pool/1']) {
      expect(lstatSync(at(`${replica}/home/session-state`)).isSymbolicLink()).toBe(true);
    }
    expect(modeOf(at('pool/shared/sessions'))).toBe(0o700);
    const manifest = parseManifest(readFileSync(deployment.manifestFile, 'utf8'));
    expect(manifest.runtimes['pool/0']?.expect.sharedSessions).toBe(true);
    // The lock is held under the password, which is in its file and nowhere else.
    expect(deployment.secrets).toContain(PASSWORD);
    expect(modeOf(at(GATEWAY_FILES.redisPassword))).toBe(0o600);
    const files = Object.entries(contents(state));
    expect(files.filter(([, text]) => text.includes(PASSWORD)).map(([file]) => file)).toEqual([
      GATEWAY_FILES.redisPassword,
    ]);
  });
});
