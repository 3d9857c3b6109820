import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { approveAll, type CopilotClient, type CopilotSession } from '@github/copilot-sdk';
import { describe, expect, it } from '@jest/globals';
import { cleanUp } from '../../../services/runtime-host/clean-up.js';
import { RuntimeLink } from '../../../services/runtime-host/link.js';
import { HOST_ENV } from '../../../topology/host-contract.js';
import { directive, STAND_IN_MODEL } from '../../../topology/stand-in.js';
import { waitFor } from '../../support/wait.js';
import { temporaryFolder, TestHost, tinyVolume, type HostProps } from './host.js';

/** A host that deletes sessions which are older than an hour, and looks every second. */
const tidyHost = (props: HostProps = {}) =>
  TestHost.ready({
    standIns: ['model'],
    ...props,
    env: { [HOST_ENV.sessionTtlHours]: '1', [HOST_ENV.cleanUpSeconds]: '1', ...props.env },
  });

const sessionConfig = (host: TestHost) => ({
  availableTools: ['custom:*'],
  onPermissionRequest: approveAll,
  model: STAND_IN_MODEL,
  provider: { type: 'openai' as const, baseUrl: `${host.standIn}/v1`, apiKey: 'key' },
});

const reply = async (session: CopilotSession, text: string) =>
  (await session.sendAndWait({ prompt: directive({ reply: text }) }, 10_000))?.data.content;

async function prompted(host: TestHost, client: CopilotClient, sessionId: string): Promise<CopilotSession> {
  const session = await client.createSession({ sessionId, ...sessionConfig(host) });
  await reply(session, 'hello');
  return session;
}

const folderOf = (host: TestHost, id: string) => join(host.home, 'session-state', id);

/** Makes a session look as if it was last used so long ago. */
function age(folder: string, hours: number): void {
  const then = Date.now() / 1000 - hours * 3600;
  for (const name of readdirSync(folder)) utimesSync(join(folder, name), then, then);
  utimesSync(folder, then, then);
}

/** Sessions as a runtime would have left them, made from one that it did leave. */
function copies(host: TestHost, of: string, names: readonly string[], hours: number): void {
  for (const name of names) {
    mkdirSync(folderOf(host, name));
    for (const file of ['events.jsonl', 'workspace.yaml']) {
      const text = readFileSync(join(folderOf(host, of), file), 'utf8');
      writeFileSync(join(folderOf(host, name), file), text.replaceAll(of, name));
    }
    age(folderOf(host, name), hours);
  }
}

const valueOf = async (host: TestHost, name: string) => {
  const page = await (await fetch(`http://127.0.0.1:${host.listening.healthPort}/metrics`)).text();
  return Number(new RegExp(`^copilot_runtime_${name}\\{.*\\} (\\S+)$`, 'm').exec(page)?.[1]);
};

describe('a runtime host', () => {
  it('deletes sessions that nobody used for long, and none that is in use or was used since', async () => {
    const host = await tidyHost();
    const client = await host.client();
    const inUse = await prompted(host, client, 'in-use');
    await (await prompted(host, client, 'used')).disconnect();
    await (await prompted(host, client, 'expired')).disconnect();
    const neverPrompted = await client.createSession({ sessionId: 'never', ...sessionConfig(host) });
    await neverPrompted.disconnect();
    for (const id of ['in-use', 'expired', 'never']) age(folderOf(host, id), 1.1);
    age(folderOf(host, 'used'), 0.9);

    await waitFor('two deletions', async () => (await valueOf(host, 'deleted_sessions_total')) === 2);
    expect(readdirSync(join(host.home, 'session-state')).sort()).toEqual([
      'copilot-runtimes-health',
      'in-use',
      'used',
    ]);
    expect(await valueOf(host, 'expired_sessions')).toBe(0);
    expect(await valueOf(host, 'freed_bytes_total')).toBeGreaterThan(1000);
    await expect(client.resumeSession('expired', sessionConfig(host))).rejects.toThrow(/not found/i);
    await expect(reply(inUse, 'still here')).resolves.toBe('still here');
    const used = await client.resumeSession('used', sessionConfig(host));
    await expect(reply(used, 'here too')).resolves.toBe('here too');
    await expect(host.get('/readyz')).resolves.toMatchObject({ status: 200 });
  });

  it('only counts them where others use the same sessions', async () => {
    const host = await tidyHost({ env: { [HOST_ENV.sessions]: join(temporaryFolder(), 'sessions') } });
    await (await prompted(host, await host.client(), 'expired')).disconnect();
    age(folderOf(host, 'expired'), 2);
    await waitFor('the count', async () => (await valueOf(host, 'expired_sessions')) === 1);
    expect(existsSync(folderOf(host, 'expired'))).toBe(true);
    expect(await valueOf(host, 'deleted_sessions_total')).toBe(0);
  });

  it('warns before its volume is full', async () => {
    const home = tinyVolume(1024);
    if (home instanceof Error) {
      process.stderr.write(`skipped: a tmpfs cannot be mounted here: ${home.message}\n`);
      return;
    }
    const host = await tidyHost({ home });
    writeFileSync(join(home, 'filler'), Buffer.alloc(850 * 1024));
    await host.said('the volume fills up');
    await expect(host.get('/readyz')).resolves.toMatchObject({ status: 200 });
  });
});

describe('one pass', () => {
  it('has a bound, can be tried first, and asks the runtime what is in use', async () => {
    const host = await TestHost.ready({ standIns: ['model'] });
    const client = await host.client();
    const live = await prompted(host, client, 'live');
    await (await prompted(host, client, 'model-of-all')).disconnect();
    const names = (what: string, count: number) => Array.from({ length: count }, (_, n) => `${what}-${n}`);
    copies(host, 'model-of-all', names('old', 45), 25);
    copies(host, 'model-of-all', names('new', 5), 1);
    age(folderOf(host, 'live'), 25);
    const link = new RuntimeLink(`127.0.0.1:${host.listening.port}`, host.token);
    const props = { home: host.home, link, ttlHours: 24 };
    const left = () => readdirSync(join(host.home, 'session-state')).filter((id) => id.startsWith('old'));

    const tried = await cleanUp({ ...props, dryRun: true });
    expect([...tried.expired].sort()).toEqual(names('old', 45).sort());
    expect(tried).toMatchObject({ deleted: 0, freedBytes: 0 });
    expect(left()).toHaveLength(45);
    // The bound counts what was looked at: the live session may be among it.
    const first = await cleanUp({ ...props, most: 30 });
    expect(first.deleted).toBeGreaterThanOrEqual(29);
    expect(first.deleted).toBeLessThanOrEqual(30);
    expect(left()).toHaveLength(45 - first.deleted);
    await expect(cleanUp(props)).resolves.toMatchObject({ deleted: 45 - first.deleted });
    expect(left()).toEqual([]);
    expect((await client.listSessions()).map(({ sessionId }) => sessionId).sort()).toEqual(
      ['live', 'model-of-all', ...names('new', 5)].sort(),
    );
    await expect(reply(live, 'still here')).resolves.toBe('still here');
  });
});
