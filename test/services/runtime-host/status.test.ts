import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { lastUsage, readStatus } from '../../../diagnosis/index.js';
import { HOST_ENV } from '../../../topology/host-contract.js';
import { TestHost, tinyVolume, type HostProps } from './host.js';

const hostThatTells = (props: HostProps = {}) =>
  TestHost.ready({
    ...props,
    env: { [HOST_ENV.runtime]: 'tenant/acme', [HOST_ENV.statusSeconds]: '1', ...props.env },
  });

const statusOf = async (host: TestHost) =>
  (await fetch(`http://127.0.0.1:${host.listening.healthPort}/statusz`)).text();

describe('how a runtime stands', () => {
  it('is told on request and in the log, and neither names a session or a secret', async () => {
    const host = await hostThatTells();
    const client = await host.client();
    await client.createSession({ sessionId: 'user-1_secret-plan', availableTools: [] });
    const { notReady, usage } = readStatus(await statusOf(host))!;
    expect(notReady).toBeUndefined();
    expect(usage).toMatchObject({ version: (await client.getStatus()).version, runningTurns: 0 });
    expect(usage.memoryBytes).toBeGreaterThan(10e6);
    expect(usage.volume!.usedBytes).toBeGreaterThan(0);

    await host.said('"msg":"status"');
    expect(lastUsage(host.output)).toMatchObject({
      version: usage.version,
      volume: { sizeBytes: usage.volume!.sizeBytes },
    });
    for (const text of [host.output, await statusOf(host)]) {
      expect(text).not.toMatch(/user-1|secret-plan/);
      expect(text).not.toContain(host.token);
    }
  });

  it('changes in the log as it changes, once each way', async () => {
    const host = await hostThatTells();
    const state = join(host.home, 'session-state');
    rmSync(state, { recursive: true });
    writeFileSync(state, '');
    await host.said('not ready any more');
    expect(readStatus(await statusOf(host))).toMatchObject({
      notReady: expect.stringMatching(/cannot be written: ENOTDIR/),
      usage: { version: expect.any(String) },
    });
    rmSync(state);
    mkdirSync(state);
    await host.said('"msg":"ready again"');
    expect(host.output.match(/"msg":"not ready any more"/g)).toHaveLength(1);
  });

  it('speaks of the volume that the sessions are on', async () => {
    const sessions = tinyVolume(4096);
    if (sessions instanceof Error) {
      process.stderr.write(`skipped: a tmpfs cannot be mounted here: ${sessions.message}\n`);
      return;
    }
    const host = await hostThatTells({ env: { [HOST_ENV.sessions]: sessions } });
    const { usage } = readStatus(await statusOf(host))!;
    expect(usage.volume!.sizeBytes).toBe(4096 * 1024);
  });
});
