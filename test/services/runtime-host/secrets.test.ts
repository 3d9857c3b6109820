import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { WITHHELD } from '../../../services/runtime-host/environment.js';
import { HOST_ENV } from '../../../topology/host-contract.js';
import { standInGitHubToken } from '../../../topology/stand-in.js';
import { fakeRuntime, TestHost } from './host.js';

const githubToken = standInGitHubToken('service');

function environmentOf(pid: number): Record<string, string> {
  const entries = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').filter(Boolean);
  return Object.fromEntries(
    entries.map((entry) => [entry.split('=', 1)[0], entry.slice(entry.indexOf('=') + 1)]),
  );
}

/** Does any file below a folder contain this text? */
function contains(folder: string, text: string): boolean {
  try {
    execFileSync('grep', ['-rqF', '--', text, folder]);
    return true;
  } catch {
    return false;
  }
}

describe('secrets', () => {
  it('reach the runtime process only, and no log, argument or file', async () => {
    const host = await TestHost.ready({ githubToken, standIns: ['github'] });
    const client = await host.client();
    const session = await client.createSession({ availableTools: [], model: 'stand-in' });
    await session.sendAndWait({ prompt: 'hello' });
    const { runtimePid } = host.listening;
    const visible = [
      host.output,
      readFileSync(`/proc/${host.pid}/cmdline`, 'utf8'),
      readFileSync(`/proc/${runtimePid}/cmdline`, 'utf8'),
      readFileSync(`/proc/${host.pid}/environ`, 'utf8'),
      ...(await Promise.all(['/livez', '/readyz'].map(async (path) => JSON.stringify(await host.get(path))))),
    ].join('\n');
    for (const secret of [host.token, githubToken]) {
      expect(visible).not.toContain(secret);
      expect(contains(host.home, secret)).toBe(false);
      expect(Object.values(environmentOf(runtimePid))).toContain(secret);
    }
  });

  it('are redacted from whatever the runtime writes', async () => {
    const runtime = fakeRuntime(`
const { COPILOT_CONNECTION_TOKEN: token, COPILOT_GITHUB_TOKEN: github } = process.env;
console.error('leak: "' + token + '"' + token + github);
console.error('x'.repeat(16 * 1024 - 40) + token + 'x'.repeat(100_000) + github);
process.stderr.write('half ' + token.slice(0, 20), () => process.stderr.write(token.slice(20) + ' whole\\n'));
console.log('CLI server listening on port 9');
setInterval(() => {}, 1000);`);
    const host = new TestHost({ githubToken, env: { [HOST_ENV.binary]: runtime } });
    await Promise.all([host.message('listening'), host.said('half [redacted] whole')]);
    expect(host.output).toContain(String.raw`leak: \"[redacted]\"[redacted][redacted]`);
    expect(host.output).toContain('… (cut)');
    expect(host.output).not.toContain(host.token.slice(0, 20));
    expect(host.output).not.toContain(githubToken);
  });

  it('of whoever started the host do not get through', async () => {
    const ambient = Object.fromEntries(
      WITHHELD.filter((name) => !name.startsWith('NODE_')).map((name) => [name, 'ambient']),
    );
    const host = await TestHost.ready({
      env: {
        ...ambient,
        NODE_OPTIONS: '--no-deprecation',
        [HOST_ENV.runtime]: 't-acme',
        FOO: 'kept',
        no_proxy: 'db.local',
      },
    });
    const env = environmentOf(host.listening.runtimePid);
    expect(Object.values(env)).not.toContain('ambient');
    expect(
      Object.keys(env)
        .filter((name) => /^NODE_|^COPILOT_RUNTIMES_|_TOKEN$/.test(name))
        .sort(),
    ).toEqual(['COPILOT_CONNECTION_TOKEN', 'COPILOT_RUNTIMES_RUNTIME']);
    expect(env).toMatchObject({
      FOO: 'kept',
      COPILOT_RUNTIMES_RUNTIME: 't-acme',
      COPILOT_CONNECTION_TOKEN: host.token,
      COPILOT_DISABLE_KEYTAR: '1',
      NO_PROXY: '127.0.0.1,localhost,::1,db.local',
      no_proxy: '127.0.0.1,localhost,::1,db.local',
    });
  });
});
