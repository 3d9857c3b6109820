import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { HOST_ENV } from '../../../topology/host-contract.js';
import { RUNTIME_ARGS, temporaryFolder, TestHost, type HostProps } from './host.js';

/** Runs a host that is not to start; gives back what it said. */
async function refusal(props: HostProps): Promise<{ code: number | null; output: string; told: string }> {
  const host = new TestHost(props);
  const { code } = await host.exited;
  const failed = host.messages.find((message) => message.type === 'failed');
  expect(host.output).not.toMatch(/\n\s+at /);
  return { code, output: host.output, told: failed?.message ?? '' };
}

describe('refuses a connection token', () => {
  it.each([
    [
      'that is missing',
      null,
      /connection token file .*connection-token does not exist: write one with: openssl/,
    ],
    ['that is empty', '', /connection-token is empty, and a runtime without a token is open to everyone/],
    ['of whitespace', ' \n\t\n', /is empty/],
    ['that is short', 'a'.repeat(31), /must have at least 32 characters, got 31/],
    ['of several lines', `${'a'.repeat(32)}\n${'b'.repeat(32)}`, /must hold one line of printable ASCII/],
  ])('%s', async (_, token, message) => {
    const { code, told, output } = await refusal({ token });
    expect(code).toBe(2);
    expect(told).toMatch(message);
    expect(output).not.toContain('a'.repeat(31));
  });

  it('that it cannot read', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'connection-token'));
    const { code, told } = await refusal({ env: { [HOST_ENV.secretsDir]: folder } });
    expect(code).toBe(2);
    expect(told).toMatch(/connection-token cannot be read \(EISDIR\)/);
  });
});

describe('refuses a configuration', () => {
  it('with all its mistakes in one message, exit code 2', async () => {
    const { code, told } = await refusal({
      args: ['--host', '0.0.0.0', '--stdio'],
      token: '',
      env: {
        COPILOT_HOME: 'relative/home',
        [HOST_ENV.binary]: 'rust',
        [HOST_ENV.drainSeconds]: '-1',
        [HOST_ENV.sessionTtlHours]: '0',
        [HOST_ENV.health]: 'nowhere',
        [HOST_ENV.standIn]: 'model,gitlab',
        [HOST_ENV.standInPort]: '70000',
      },
    });
    expect(code).toBe(2);
    expect(told).toMatch(/^10 mistakes in the configuration:/);
    for (const part of [
      /must contain --headless, got "--host 0.0.0.0 --stdio"/,
      /--stdio serves only/,
      /COPILOT_HOME must be an absolute path, got "relative\/home"/,
      /BINARY must be native, cli or an absolute path, got "rust"/,
      /DRAIN_SECONDS must be a whole number from 0 to 999999, got "-1": leave it out for the default/,
      /SESSION_TTL_HOURS must be a whole number from 1 to 999999, got "0"/,
      /HEALTH must be host:port, got "nowhere"/,
      /STAND_IN must be a comma list of model, github, missionControl, got "gitlab"/,
      /STAND_IN_PORT must have a port from 0 to 65535, got "70000"/,
      /connection-token is empty/,
    ]) {
      expect(told).toMatch(part);
    }
  });

  it('without a home', async () => {
    const { code, told } = await refusal({ env: { COPILOT_HOME: undefined } });
    expect(code).toBe(2);
    expect(told).toMatch(/COPILOT_HOME must be an absolute path, got nothing/);
  });

  it('with a binary that does not exist', async () => {
    const { code, told } = await refusal({ env: { [HOST_ENV.binary]: '/no/such/runtime' } });
    expect(code).toBe(2);
    expect(told).toMatch(/\/no\/such\/runtime does not exist/);
  });
});

describe('refuses a home', () => {
  it('below a file', async () => {
    const file = join(temporaryFolder(), 'file');
    writeFileSync(file, '');
    const { code, told } = await refusal({ home: join(file, 'home') });
    expect(code).toBe(1);
    expect(told).toBe(
      `the home ${file}/home cannot be written: ENOTDIR: a part of the path is a file: remove it or choose another path`,
    );
  });

  it('that belongs to someone else', async () => {
    const home = temporaryFolder();
    chmodSync(home, 0o555);
    const { code, told } = await refusal({ home, unprivileged: true });
    expect(code).toBe(1);
    expect(told).toMatch(/cannot be written: EACCES: make it writable for uid \d+$/);
  });

  it('whose own sessions would be hidden by those of all replicas', async () => {
    const [home, sessions] = [temporaryFolder(), temporaryFolder()];
    mkdirSync(join(home, 'session-state'));
    const { code, told } = await refusal({ home, env: { [HOST_ENV.sessions]: sessions } });
    expect(code).toBe(1);
    expect(told).toBe(
      `${home}/session-state must lead to the shared sessions in ${sessions}, got a folder of its own: move what is in it there, and remove it`,
    );
  });

  it('that the kernel does not let it write', async () => {
    const { code, told } = await refusal({ home: '/proc/home' });
    expect(code).toBe(1);
    expect(told).toMatch(/the home \/proc\/home cannot be written: E[A-Z]+/);
  });
});

describe('ends when the runtime does not start', () => {
  it('because a port is taken, and names it', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const port = String((server.address() as AddressInfo).port);
    try {
      const [runtime, health, standIn] = await Promise.all([
        refusal({ args: [...RUNTIME_ARGS.slice(0, 5), '--port', port] }),
        refusal({ env: { [HOST_ENV.health]: `127.0.0.1:${port}` } }),
        refusal({ standIns: ['model'], env: { [HOST_ENV.standInPort]: port } }),
      ]);
      expect([runtime.code, health.code, standIn.code]).toEqual([1, 1, 1]);
      expect(runtime.told).toContain(`the runtime's port ${port} is already in use`);
      expect(health.told).toContain(`port ${port} of the health server is already in use`);
      expect(standIn.told).toContain(`port ${port} of the stand-in is already in use`);
    } finally {
      server.close();
    }
  });

  it('because it says why not', async () => {
    const { code, told } = await refusal({ args: [...RUNTIME_ARGS, '--no-such-option'] });
    expect(code).toBe(1);
    expect(told).toMatch(/copilot-runtime did not start: exit code \d+: .*--no-such-option/s);
  });

  it('because it is no program', async () => {
    const file = join(temporaryFolder(), 'runtime');
    writeFileSync(file, 'text');
    const { code, told } = await refusal({ env: { [HOST_ENV.binary]: file } });
    expect(code).toBe(1);
    expect(told).toMatch(/did not start: spawn .* EACCES/);
  });
});
