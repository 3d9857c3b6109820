import { existsSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { approveAll, defineTool } from '@github/copilot-sdk';
import { describe, expect, it } from '@jest/globals';
import { deleteSuperfluous } from '../../../services/runtime-host/tool-outputs.js';
import { directive, STAND_IN_MODEL } from '../../../topology/stand-in.js';
import { waitFor } from '../../support/wait.js';
import { temporaryFolder, TestHost } from './host.js';

const SIZE = 200_000;

/** A tool result that is too large for a prompt. */
const large = defineTool('large', {
  description: 'answers much',
  parameters: { type: 'object', properties: {} },
  handler: () => 'x'.repeat(SIZE),
});

/** Has a session of a new host call the tool, and leaves it open. */
async function callLarge(directory: string) {
  const host = await TestHost.ready({ standIns: ['model'], env: { TMPDIR: directory } });
  const client = await host.client();
  const session = await client.createSession({
    sessionId: 'calls-large',
    availableTools: ['custom:*'],
    tools: [large],
    onPermissionRequest: approveAll,
    model: STAND_IN_MODEL,
    provider: { type: 'openai', baseUrl: `${host.standIn}/v1`, apiKey: 'key' },
  });
  const answer = await session.sendAndWait({ prompt: directive({ call: { tool: 'large' } }) }, 10_000);
  return { host, session, answer: answer?.data.content };
}

const metricsOf = async (host: TestHost) =>
  (await fetch(`http://127.0.0.1:${host.listening.healthPort}/metrics`)).text();

describe('large tool outputs', () => {
  it('are counted, go with their session, and after a kill with the next runtime', async () => {
    const directory = temporaryFolder();
    const first = await callLarge(directory);
    const [file] = readdirSync(directory);
    expect(first.answer).toContain(file);
    expect(await metricsOf(first.host)).toMatch(new RegExp(`tool_output_bytes\\{.*\\} ${SIZE}$`, 'm'));
    process.kill(first.host.listening.runtimePid, 'SIGKILL');
    await first.host.exited;
    expect(readdirSync(directory)).toEqual([file]);

    const other = join(directory, 'somebody-elses.txt');
    writeFileSync(other, 'kept');
    const second = await callLarge(directory);
    await waitFor('the file of the killed runtime to go', () => !existsSync(join(directory, file!)));
    expect(readdirSync(directory)).toHaveLength(2);
    await second.session.disconnect();
    expect(readdirSync(directory)).toEqual(['somebody-elses.txt']);
  });

  it('of sessions that live long go from the oldest, until they fit', async () => {
    const directory = temporaryFolder();
    const now = Date.now();
    for (const [index, name] of ['c', 'a', 'b'].entries()) {
      const file = join(directory, `${index}-copilot-tool-output-${name}.txt`);
      writeFileSync(file, 'x'.repeat(100));
      const written = now / 1000 + { a: 1, b: 2, c: 3 }[name]!;
      utimesSync(file, written, written);
    }
    await expect(deleteSuperfluous({ directory, startedAt: now, mostBytes: 200 })).resolves.toEqual([1, 100]);
    expect(readdirSync(directory).sort()).toEqual([
      '0-copilot-tool-output-c.txt',
      '2-copilot-tool-output-b.txt',
    ]);
    await expect(deleteSuperfluous({ directory, startedAt: now, mostBytes: 200 })).resolves.toEqual([0, 0]);
  });
});
