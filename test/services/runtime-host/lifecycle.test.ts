import { statSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { HOST_ENV } from '../../../topology/host-contract.js';
import { fakeRuntime, isRunning, TestHost } from './host.js';

const STUBBORN = `
process.on('SIGTERM', () => console.log('asked to end'));
console.log('CLI server listening on port 9');
setInterval(() => {}, 1000);`;

describe('a runtime host', () => {
  it('starts the runtime, tells its parent and creates a private home', async () => {
    const host = await TestHost.ready();
    expect(host.messages.map((message) => message.type)).toEqual(['listening', 'ready']);
    expect(isRunning(host.listening.runtimePid)).toBe(true);
    expect(statSync(host.home).mode & 0o777).toBe(0o700);
    const client = await host.client();
    await expect(client.ping('hi')).resolves.toMatchObject({ message: 'pong: hi' });
  });

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    'ends with its runtime, exit code 0, on %s',
    async (signal) => {
      const host = await TestHost.ready();
      host.signal(signal);
      await expect(host.exited).resolves.toEqual({ code: 0, signal: null });
      expect(isRunning(host.listening.runtimePid)).toBe(false);
      expect(host.output).toContain('"exit":"exit code 0"');
    },
  );

  it('ends with its runtime when its parent is gone', async () => {
    const host = await TestHost.ready();
    host.disconnect();
    await expect(host.exited).resolves.toEqual({ code: 0, signal: null });
    expect(isRunning(host.listening.runtimePid)).toBe(false);
  });

  it('ends non-zero when its runtime is killed, and says how', async () => {
    const host = await TestHost.ready();
    process.kill(host.listening.runtimePid, 'SIGKILL');
    await expect(host.exited).resolves.toEqual({ code: 137, signal: null });
    expect(host.messages.at(-1)).toEqual({
      type: 'failed',
      message: 'the runtime ended by itself: killed by SIGKILL',
    });
  });

  it('ends non-zero even when its runtime ends with 0', async () => {
    const host = await TestHost.ready();
    process.kill(host.listening.runtimePid, 'SIGTERM');
    await expect(host.exited).resolves.toEqual({ code: 1, signal: null });
    expect(host.output).toContain('the runtime ended by itself: exit code 0');
  });

  it('kills a runtime that will not end on a second signal, and is not ready meanwhile', async () => {
    const host = new TestHost({ env: { [HOST_ENV.binary]: fakeRuntime(STUBBORN) } });
    await host.message('listening');
    host.signal('SIGTERM');
    await host.said('asked to end');
    await expect(host.get('/readyz')).resolves.toMatchObject({
      status: 503,
      body: { reason: 'the runtime is stopping' },
    });
    // Another signal at once is the same request: a terminal's Ctrl-C arrives twice.
    host.signal('SIGINT');
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(isRunning(host.listening.runtimePid)).toBe(true);
    host.signal('SIGTERM');
    await expect(host.exited).resolves.toEqual({ code: 137, signal: null });
    expect(isRunning(host.listening.runtimePid)).toBe(false);
  });
});
