import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { Health, type Probed } from '../../../services/runtime-host/health.js';
import { TestHost, tinyVolume } from './host.js';

const never = new Promise<never>(() => undefined);

/** A connection that answers at once, except for what a test overrides. */
function connection(override: Partial<Probed> = {}): Probed {
  return {
    ping: () => Promise.resolve(),
    writeProof: () => Promise.resolve(),
    drop: () => undefined,
    ...override,
  };
}

describe('a health verdict', () => {
  it('is alive but not ready before the runtime listens', async () => {
    const health = new Health('/home');
    await expect(health.live()).resolves.toMatchObject({ ok: true });
    await expect(health.ready()).resolves.toEqual({ ok: false, reason: 'the runtime is starting' });
  });

  it('is shared by concurrent readiness probes', async () => {
    let writes = 0;
    const health = new Health('/home');
    health.started(
      connection({
        writeProof: async () => {
          writes++;
          // Until the others, which look at the volume first, are there too.
          await delay(200);
        },
      }),
    );
    const verdicts = await Promise.all([health.ready(), health.ready(), health.ready()]);
    expect(verdicts).toEqual([{ ok: true }, { ok: true }, { ok: true }]);
    expect(writes).toBe(1);
    await health.ready();
    expect(writes).toBe(2);
  });

  it('tolerates silence, then is dead and drops the connection, then recovers', async () => {
    let silent = true;
    let dropped = 0;
    const health = new Health('/home', { readyMs: 10, pingMs: 10, silenceMs: 100 });
    const ask = () => (silent ? never : Promise.resolve());
    health.started(connection({ ping: ask, writeProof: ask, drop: () => dropped++ }));
    await expect(health.live()).resolves.toMatchObject({
      ok: true,
      reason: expect.stringMatching(/not answered for 0 s/),
    });
    await expect(health.ready()).resolves.toMatchObject({
      ok: false,
      reason: expect.stringMatching(/within 0.01 s/),
    });
    expect(dropped).toBe(0);
    await new Promise((resolve) => setTimeout(resolve, 110));
    await expect(health.live()).resolves.toMatchObject({ ok: false });
    expect(dropped).toBe(1);
    silent = false;
    await expect(health.live()).resolves.toEqual({ ok: true });
    await expect(health.ready()).resolves.toEqual({ ok: true });
  });

  it('names what is wrong with the home', async () => {
    const health = new Health('/data/home');
    const writeProof = () => Promise.reject(new Error('createFile failed: ENOSPC: No space left on device'));
    health.started(connection({ writeProof }));
    await expect(health.ready()).resolves.toEqual({
      ok: false,
      reason: 'the home /data/home cannot be written: ENOSPC: free space on the volume or enlarge it',
    });
    await expect(health.live()).resolves.toEqual({ ok: true });
  });
});

describe('the health server', () => {
  it('answers the two probes and nothing else', async () => {
    const host = await TestHost.ready();
    await expect(host.get('/livez')).resolves.toEqual({ status: 200, body: { status: 'ok' } });
    await expect(host.get('/readyz?verbose')).resolves.toEqual({ status: 200, body: { status: 'ok' } });
    await expect(host.get('/')).resolves.toMatchObject({ status: 404, body: { status: 'not found' } });
    await expect(host.get('/constructor')).resolves.toMatchObject({ status: 404 });
    const posted = await fetch(`http://127.0.0.1:${host.listening.healthPort}/readyz`, { method: 'POST' });
    expect(posted.status).toBe(404);
  });

  it('is not ready on a full disk, says so, stays alive, and recovers', async () => {
    const home = tinyVolume(512);
    if (home instanceof Error) {
      process.stderr.write(`skipped: a tmpfs cannot be mounted here: ${home.message}\n`);
      return;
    }
    const host = await TestHost.ready({ home });
    const filler = join(home, 'filler');
    expect(() => writeFileSync(filler, Buffer.alloc(1 << 20))).toThrow(/ENOSPC/);
    for (let probe = 0; probe < 2; probe++) {
      await expect(host.get('/readyz')).resolves.toEqual({
        status: 503,
        body: {
          status: 'failed',
          reason: `the home ${home} cannot be written: ENOSPC: free space on the volume or enlarge it`,
        },
      });
    }
    await expect(host.get('/livez')).resolves.toMatchObject({ status: 200 });
    rmSync(filler);
    await expect(host.get('/readyz')).resolves.toMatchObject({ status: 200 });
  });

  it('is not ready when the home was made read-only, though the runtime answers pings', async () => {
    const host = await TestHost.ready({ unprivileged: true });
    execFileSync('chmod', ['-R', 'a-w', host.home]);
    await expect(host.get('/readyz')).resolves.toMatchObject({
      status: 503,
      body: { reason: expect.stringMatching(/cannot be written: EACCES: make it writable for uid \d+$/) },
    });
    await expect(host.get('/livez')).resolves.toMatchObject({ status: 200 });
    execFileSync('chmod', ['-R', 'u+w', host.home]);
    await expect(host.get('/readyz')).resolves.toMatchObject({ status: 200 });
  });

  it('is not ready when the home is no longer a folder', async () => {
    const host = await TestHost.ready();
    const state = join(host.home, 'session-state');
    rmSync(state, { recursive: true });
    writeFileSync(state, '');
    await expect(host.get('/readyz')).resolves.toMatchObject({
      status: 503,
      body: { reason: expect.stringMatching(/cannot be written: ENOTDIR: a part of the path is a file/) },
    });
    await expect(host.get('/livez')).resolves.toMatchObject({ status: 200 });
    rmSync(state);
    mkdirSync(state);
    await expect(host.get('/readyz')).resolves.toMatchObject({ status: 200 });
  });

  it('stays alive while the runtime is stalled, is not ready after 5 s, and recovers', async () => {
    const host = await TestHost.ready();
    process.kill(host.listening.runtimePid, 'SIGSTOP');
    const [live, ready] = await Promise.all([host.get('/livez'), host.get('/readyz')]);
    expect(live).toMatchObject({
      status: 200,
      body: { reason: expect.stringMatching(/not answered for 1 s/) },
    });
    expect(ready).toMatchObject({
      status: 503,
      body: { reason: 'the runtime did not write a file within 5 s' },
    });
    process.kill(host.listening.runtimePid, 'SIGCONT');
    await expect(host.get('/readyz')).resolves.toMatchObject({ status: 200 });
    await expect(host.get('/livez')).resolves.toEqual({ status: 200, body: { status: 'ok' } });
  });

  it('makes a new session when someone deleted its own, and leaves one folder behind', async () => {
    const host = await TestHost.ready();
    const client = await host.client();
    await client.deleteSession('copilot-runtimes-health').catch(() => undefined);
    await expect(host.get('/readyz')).resolves.toMatchObject({ status: 200 });
    await expect(client.listSessions()).resolves.toEqual([]);
    expect(readdirSync(join(host.home, 'session-state'))).toEqual(['copilot-runtimes-health']);
  });

  it('keeps one session folder over restarts on the same home', async () => {
    const first = await TestHost.ready();
    first.signal('SIGTERM');
    await first.exited;
    const second = await TestHost.ready({ home: first.home });
    await expect(second.get('/readyz')).resolves.toMatchObject({ status: 200 });
    expect(readdirSync(join(first.home, 'session-state'))).toEqual(['copilot-runtimes-health']);
  });
});
