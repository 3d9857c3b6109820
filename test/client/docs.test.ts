import { readFileSync } from 'node:fs';

import { describe, expect, it } from '@jest/globals';

import { localResolver, type Manifest } from '../../client/index.js';
import { chats } from '../../examples/client/chat.js';
import { ask } from '../../examples/client/connect.js';
import { migrate } from '../../examples/client/heavy.js';
import { bringUp } from '../../local/index.js';
import { manifestOf } from '../../topology/index.js';
import { directive, STAND_IN_MODEL, standInGitHubToken } from '../../topology/stand-in.js';
import { afterTest, temporaryDirectory } from '../support/cleanup.js';
import { describeWithRedis, TestRedis } from '../support/redis.js';
import { endpointOf } from '../support/runtime-client.js';
import { planOf } from '../support/topology.js';

const FILES = ['connect', 'chat', 'heavy'];

describe('docs/client.md', () => {
  it.each(FILES)('shows examples/client/%s.ts as it is', (name) => {
    const code = readFileSync(`examples/client/${name}.ts`, 'utf8').replace(
      "'../../client/index.js'",
      "'copilot-runtimes/client'",
    );
    expect(readFileSync('docs/client.md', 'utf8')).toContain(`\`\`\`ts\n${code}\`\`\``);
  });

  it('names a way in that the package exports', () => {
    const { exports } = JSON.parse(readFileSync('package.json', 'utf8')) as {
      exports: Record<string, object>;
    };
    expect(exports['./client']).toEqual({
      types: './dist/client/index.d.ts',
      default: './dist/client/index.js',
    });
  });
});

/** A tenant whose manifest names the stand-in model as its provider: the examples bring none. */
async function start() {
  const plan = planOf({
    smoke: { standIn: { github: true, missionControl: true } },
    tenants: { acme: { auth: { githubToken: { env: 'ACME_TOKEN' } } } },
    cloud: { repository: { owner: 'acme', name: 'app' }, tenants: ['acme'] },
  });
  const { stateDirectory, manifestFile, stop } = await bringUp(plan, {
    stateRoot: temporaryDirectory(),
    env: { ACME_TOKEN: standInGitHubToken('acme-bot') },
  });
  afterTest(stop);
  const baseUrl = `http://127.0.0.1:${endpointOf(stateDirectory, 'tenant/acme')!.standInPort}/v1`;
  const manifest: Manifest = manifestOf(plan);
  manifest.runtimes['tenant/acme']!.provider = { type: 'openai', baseUrl, model: STAND_IN_MODEL };
  return { manifestFile, manifest, resolve: localResolver(manifestFile) };
}

describe('the examples', () => {
  it('ask a question, and do heavy work in the cloud', async () => {
    const { manifestFile, manifest, resolve } = await start();
    // Without a provider it runs as the identity of the runtime.
    await expect(ask(manifestFile, 'acme', directive({ reply: 'hello' }))).resolves.toBe('hello');
    await expect(migrate(manifest, 'acme', resolve, directive({ reply: 'migrated' }))).resolves.toEqual({
      on: 'cloud',
      blocked: undefined,
      answer: 'migrated',
    });
  });
});

describeWithRedis('the example with Redis', () => {
  it('lets users talk, each in his own conversations', async () => {
    const { manifest, resolve } = await start();
    const redis = await TestRedis.start();
    const chat = await chats(manifest, 'acme', resolve, redis.url);
    afterTest(() => chat.close());
    const id = chat.begin('alice@acme.example');
    await expect(chat.say('alice@acme.example', id, directive({ reply: 'hi' }))).resolves.toBe('hi');
    await expect(chat.say('bob@acme.example', id, 'what did she say?')).rejects.toThrow(/not found/);
    await chat.end(id);
  });
});
