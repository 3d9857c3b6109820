import { approveAll } from '@github/copilot-sdk';
import { afterAll, describe, expect, it } from '@jest/globals';

import { HOST_ENV } from '../../topology/host-contract.js';
import { directive, STAND_IN_MODEL } from '../../topology/stand-in.js';
import { temporaryFolder, TestHost } from '../services/runtime-host/host.js';

import { OLDER_VERSION, olderRuntime } from './older-runtime.js';

const older = await olderRuntime();
afterAll(() => {
  if (typeof older !== 'string') older.remove();
});

/** A host with this binary, from its start to its end, that adds one turn to the session of a home. */
async function turn(home: string, binary: string, asked: Parameters<typeof directive>[0]) {
  const env = { [HOST_ENV.binary]: binary };
  const host = await TestHost.ready({ home, env, standIns: ['model'] });
  const client = await host.client();
  const config = {
    availableTools: ['custom:*'],
    onPermissionRequest: approveAll,
    model: STAND_IN_MODEL,
    provider: { type: 'openai' as const, baseUrl: `${host.standIn}/v1`, apiKey: 'key' },
  };
  const known = (await client.listSessions()).some(({ sessionId }) => sessionId === 'kept');
  const session = known
    ? await client.resumeSession('kept', config)
    : await client.createSession({ ...config, sessionId: 'kept' });
  const answer = await session.sendAndWait({ prompt: directive(asked) }, 20_000);
  const { version } = await client.getStatus();
  await client.forceStop();
  host.signal('SIGTERM');
  await host.exited;
  return { version, known, answer: answer?.data.content };
}

/** One home served by one binary after another; all of them must know what those before them were asked. */
async function succession(...binaries: readonly [string, string, string]): Promise<readonly string[]> {
  const home = temporaryFolder();
  const first = await turn(home, binaries[0], { reply: 'one' });
  const second = await turn(home, binaries[1], { reply: 'two' });
  const third = await turn(home, binaries[2], { recall: true });
  expect([first, second, third].map(({ known }) => known)).toEqual([false, true, true]);
  expect([first.answer, second.answer]).toEqual(['one', 'two']);
  expect(JSON.parse(third.answer!)).toEqual([
    expect.stringContaining('one'),
    expect.stringContaining('two'),
    expect.stringContaining('recall'),
  ]);
  return [first.version, second.version, third.version];
}

describe('a session', () => {
  it('goes on in the other binary, whichever has begun it', async () => {
    const [first, second, third] = await succession('native', 'cli', 'native');
    expect(second).not.toBe(first);
    expect(third).toBe(first);
  });

  // The reason stands in the title, where a skipped test is seen.
  const at = typeof older === 'string' ? { reason: ` (${older})`, it: it.skip } : { reason: '', it };
  at.it(
    `of the runtime of SDK ${OLDER_VERSION} goes on in the installed one, and back${at.reason}`,
    async () => {
      if (typeof older === 'string') throw new Error(older);
      const [first, second, third] = await succession(older.binary, 'native', older.binary);
      expect(second).not.toBe(first);
      expect(third).toBe(first);
    },
  );
});
