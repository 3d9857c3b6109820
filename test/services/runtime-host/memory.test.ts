import { approveAll } from '@github/copilot-sdk';
import { describe, expect, it } from '@jest/globals';
import { HOST_ENV } from '../../../topology/host-contract.js';
import { directive, STAND_IN_MODEL } from '../../../topology/stand-in.js';
import { waitFor } from '../../support/wait.js';
import { isRunning, TestHost } from './host.js';

/** Above what the native runtime has at its start (24 MiB), below what it has after a few turns. */
const MOST_MIB = '45';

const settings = (host: TestHost) => ({
  availableTools: ['custom:*'],
  onPermissionRequest: approveAll,
  model: STAND_IN_MODEL,
  provider: { type: 'openai' as const, baseUrl: `${host.standIn}/v1`, apiKey: 'key' },
});

describe('a runtime that has too much memory', () => {
  it('is replaced by the same host when its turns have finished, and its sessions go on', async () => {
    const host = await TestHost.ready({
      standIns: ['model'],
      env: { [HOST_ENV.mostMemoryMiB]: MOST_MIB, [HOST_ENV.keepSeconds]: '1' },
    });
    const { runtimePid } = host.listening;
    const session = await (await host.client()).createSession({ ...settings(host), sessionId: 'grown' });
    // Long enough that the memory is looked at while it runs.
    const prompt = directive({ stream: { chunks: 15, intervalMs: 100 } });
    const answer = await session.sendAndWait({ prompt }, 20_000);
    expect(answer?.data.content).toContain('chunk 15 of 15');
    await waitFor('another runtime', () => host.listening.runtimePid !== runtimePid);
    expect(isRunning(runtimePid)).toBe(false);
    expect(isRunning(host.pid)).toBe(true);
    expect(host.output).toMatch(/it has \d+ MiB of at most 45/);
    const resumed = await (await host.client()).resumeSession('grown', settings(host));
    expect((await resumed.getEvents()).filter(({ type }) => type === 'user.message')).toHaveLength(1);
  });

  it('is kept when it has that soon after its start, and the log says what to do', async () => {
    const host = await TestHost.ready({
      standIns: ['model'],
      env: { [HOST_ENV.mostMemoryMiB]: '1', [HOST_ENV.keepSeconds]: '8' },
    });
    const { runtimePid } = host.listening;
    await host.said('raise runtime.resources.memoryMiB');
    expect(host.listening.runtimePid).toBe(runtimePid);
    expect(isRunning(runtimePid)).toBe(true);
  });
});
