import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { approveAll, type CopilotClient } from '@github/copilot-sdk';
import { describe, expect, it } from '@jest/globals';
import { Metrics } from '../../../services/runtime-host/metrics/registry.js';
import { HOST_ENV } from '../../../topology/host-contract.js';
import { directive, STAND_IN_MODEL } from '../../../topology/stand-in.js';
import { waitFor } from '../../support/wait.js';
import { RUNTIME_ARGS, TestHost, type HostProps } from './host.js';

const SLOW = directive({ stream: { chunks: 300, intervalMs: 100 } });

const meteredHost = (props: HostProps = {}) =>
  TestHost.ready({ standIns: ['model'], ...props, env: { [HOST_ENV.runtime]: 'tenant/acme', ...props.env } });

const pageOf = async (host: TestHost) =>
  (await fetch(`http://127.0.0.1:${host.listening.healthPort}/metrics`)).text();

/** Values by name; a label that a metric has of its own stands after it, as in `turns_total lost`. */
async function valuesOf(host: TestHost): Promise<Record<string, number>> {
  const lines = (await pageOf(host)).matchAll(/^copilot_runtime_(\w+)\{(.*)\} (\S+)$/gm);
  return Object.fromEntries(
    [...lines].map(([, name, labels, value]) => {
      const own = /(?:outcome|le)="([^"]*)"/.exec(labels ?? '')?.[1];
      return [own === undefined ? name : `${name} ${own}`, Number(value)];
    }),
  );
}

function openSession(host: TestHost, client: CopilotClient, sessionId: string, path = '/v1') {
  return client.createSession({
    sessionId,
    availableTools: ['custom:*'],
    onPermissionRequest: approveAll,
    model: STAND_IN_MODEL,
    provider: { type: 'openai', baseUrl: `${host.standIn}${path}`, apiKey: 'key-of-the-provider' },
  });
}

/** Waits until the metrics of a host show these values. */
const shows = (host: TestHost, wanted: Record<string, number>) =>
  waitFor(`the metrics to show ${JSON.stringify(wanted)}`, async () => {
    const seen = await valuesOf(host);
    return Object.entries(wanted).every(([name, value]) => seen[name] === value) && seen;
  });

describe('the metrics of a runtime', () => {
  it('count its sessions and turns, by what came of them, and never name one', async () => {
    const host = await meteredHost();
    const client = await host.client();
    const sessions = await Promise.all(
      ['user-1_done', 'user-1_aborted', 'user-1_lost'].map((id) => openSession(host, client, id)),
    );
    const failing = await openSession(host, client, 'user-1_failed', '/no-such-path');
    const [done, aborted, lost] = sessions;
    await done!.send({ prompt: directive({ stream: { chunks: 10, intervalMs: 100 } }) });
    await failing.send({ prompt: 'hello' });
    await aborted!.send({ prompt: SLOW });
    await lost!.send({ prompt: SLOW });
    const during = await shows(host, { 'turns_total completed': 1, running_turns: 2 });
    expect(during).toMatchObject({ ready: 1, sessions: 4, live_sessions: 4 });
    expect(during.ping_seconds).toBeGreaterThan(0);
    expect(during.ping_seconds).toBeLessThan(1);
    expect(during.resident_memory_bytes).toBeGreaterThan(10e6);
    expect(during.volume_free_bytes).toBeLessThan(during.volume_size_bytes!);
    expect(during.start_time_seconds).toBeCloseTo(Date.now() / 1000, -2);

    await aborted!.abort();
    await shows(host, { 'turns_total aborted': 1, running_turns: 1 });
    await client.forceStop();
    const after = await shows(host, { 'turns_total lost': 1, running_turns: 0 });
    expect(after).toMatchObject({ 'turns_total completed': 1, 'turns_total failed': 1 });
    expect(after.turn_duration_seconds_count).toBe(4);
    expect(after.turn_duration_seconds_sum).toBeGreaterThan(1.5);

    const page = await pageOf(host);
    expect(page).toContain('copilot_runtime_ready{runtime="tenant/acme",tenant="acme",pool="false"} 1');
    expect(page).not.toMatch(/user-1|copilot-runtimes-health|key-of-the-provider/);
    expect(page).not.toContain(host.token);
  });

  it('say that a home cannot be written, and leave out what cannot be known', async () => {
    const host = await meteredHost();
    const state = join(host.home, 'session-state');
    rmSync(state, { recursive: true });
    writeFileSync(state, '');
    const seen = await valuesOf(host);
    expect(seen).toMatchObject({ ready: 0, running_turns: 0 });
    expect(seen.ping_seconds).toBeGreaterThan(0);
    expect(seen).not.toHaveProperty('sessions');
  });

  it('tell after a restart how the last stop went', async () => {
    const first = await meteredHost({ env: { [HOST_ENV.drainSeconds]: '0' } });
    expect(await valuesOf(first)).not.toHaveProperty('last_drain_seconds');
    const session = await openSession(first, await first.client(), 'cut-short');
    await session.send({ prompt: SLOW });
    await shows(first, { running_turns: 1 });
    first.signal('SIGTERM');
    await first.exited;
    const seen = await valuesOf(await meteredHost({ home: first.home }));
    expect(seen).toMatchObject({ last_drain_unfinished_turns: 1 });
    expect(seen.last_drain_time_seconds).toBeCloseTo(Date.now() / 1000, -2);
  });

  it('do not keep a session that rests from going idle', async () => {
    const host = await meteredHost({ args: [...RUNTIME_ARGS.slice(0, -1), '2'] });
    const session = await openSession(host, await host.client(), 'resting');
    await session.sendAndWait({ prompt: directive({ reply: 'done' }) }, 10_000);
    const lock = join(host.home, 'session-state/resting', `inuse.${host.listening.runtimePid}.lock`);
    expect(existsSync(lock)).toBe(true);
    await waitFor(
      'the session to go idle',
      async () => (await valuesOf(host)).ready === 1 && !existsSync(lock),
    );
    expect(await valuesOf(host)).toMatchObject({ ready: 1 });
  });
});

describe('labels', () => {
  it.each([
    ['pool/1', 'runtime="pool/1",tenant="",pool="true"'],
    ['tenant/acme', 'runtime="tenant/acme",tenant="acme",pool="false"'],
    [undefined, 'runtime="",tenant="",pool="false"'],
  ])('say whose runtime %s is', async (runtime, labels) => {
    const metrics = new Metrics(runtime);
    metrics.gauge('seven', 'A number', () => 7);
    metrics.gauge('unknown', 'Nobody knows', () => Promise.reject(new Error('no')));
    await expect(metrics.text()).resolves.toContain(`copilot_runtime_seven{${labels}} 7`);
    await expect(metrics.text()).resolves.not.toContain('copilot_runtime_unknown{');
  });
});
