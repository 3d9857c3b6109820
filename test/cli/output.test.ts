import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';

import { describe, expect, it } from '@jest/globals';

import { temporaryDirectory } from '../support/cleanup.js';
import { CLI, cliEnvironment, runCli } from '../support/cli.js';
import { contents, listing } from '../support/files.js';
import { HYBRID, writeTopology } from '../support/topology.js';

const ANSI = '\u001B[';

describe('plan', () => {
  it('shows runtimes, warnings and changes, and writes nothing', async () => {
    const cwd = temporaryDirectory();
    writeTopology(cwd, HYBRID);
    const before = contents(cwd);
    const { code, stdout, stderr } = await runCli(['plan'], { cwd });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^tiny: hybrid on local, 2 runtimes for 2 tenants\n/);
    expect(stdout).toMatch(/pool\/0 +docs +base +active/);
    expect(stdout).toContain('change the lock is new: 2 tenants, 1 replicas');
    expect(stdout).toContain('"copilot-runtimes lock topology.yaml" takes them up in topology.lock.json');
    expect(stdout).not.toContain(ANSI);
    expect(contents(cwd)).toEqual(before);
  });

  it('prints plan, manifest and changes as JSON', async () => {
    const cwd = temporaryDirectory();
    const { stdout } = await runCli(['plan', writeTopology(cwd), '--json'], { cwd });
    expect(JSON.parse(stdout)).toMatchObject({
      plan: { name: 'tiny', runtimes: [{ id: 'tenant/acme' }] },
      manifest: { manifestVersion: 1, routes: { acme: { to: 'runtime', runtime: 'tenant/acme' } } },
      changes: ['the lock is new: 1 tenants, 0 replicas'],
    });
    expect(listing(cwd)).toEqual(['topology.yaml']);
  });

  it('says what a new binary changes against the manifest that is deployed, and knows whose that is', async () => {
    const cwd = temporaryDirectory();
    const manifest = path.join(cwd, 'manifest.json');
    const plan = async (overrides: Record<string, unknown>) =>
      runCli(['plan', writeTopology(cwd, overrides), '--against', manifest], { cwd });
    const { stdout: json } = await runCli(['plan', writeTopology(cwd), '--json'], { cwd });
    writeFileSync(manifest, JSON.stringify((JSON.parse(json) as { manifest: unknown }).manifest));
    expect((await plan({})).stdout).toContain(`the images and binaries are those of ${manifest}`);
    expect((await plan({ runtime: { integrationId: 'test', binary: 'cli' } })).stdout).toContain(
      'upgrade binary native → cli: runtimes start with it at the next "up", and homes stay (tenant/acme)',
    );
    expect(await plan({ name: 'other' })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(
        'must be other, as in the topology, got tiny: name the manifest of this topology',
      ) as unknown,
    });
  });

  it('finds the topology that TOPOLOGY names', async () => {
    const cwd = temporaryDirectory();
    const file = writeTopology(cwd, {}, 'other.yaml');
    const { stdout } = await runCli(['plan'], { cwd, env: { TOPOLOGY: file } });
    expect(stdout).toMatch(/^tiny: isolated/);
  });
});

describe('lock', () => {
  it('takes up what is new, once', async () => {
    const cwd = temporaryDirectory();
    writeTopology(cwd);
    const first = await runCli(['lock'], { cwd });
    expect(first).toMatchObject({
      code: 0,
      stdout: 'topology.lock.json written: the lock is new: 1 tenants, 0 replicas\n',
    });
    const written = readFileSync(path.join(cwd, 'topology.lock.json'), 'utf8');
    // A current lock is no obstacle in CI.
    const second = await runCli(['lock'], { cwd, env: { CI: 'true' } });
    expect(second).toMatchObject({ code: 0, stdout: 'topology.lock.json is current\n' });
    expect(readFileSync(path.join(cwd, 'topology.lock.json'), 'utf8')).toBe(written);
    expect(listing(cwd)).toEqual(['topology.lock.json', 'topology.yaml']);
  });
});

describe('the program', () => {
  it('prints the JSON Schema of the topology', async () => {
    const { code, stdout } = await runCli(['schema'], { cwd: temporaryDirectory() });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      $schema: expect.stringContaining('json-schema.org'),
      $defs: { Topology: { properties: { tenants: expect.anything() } } },
    });
  });

  it.each([[], ['plan'], ['render'], ['up'], ['smoke'], ['lock'], ['schema']])(
    'explains itself: %s --help',
    async (...command) => {
      const cwd = temporaryDirectory();
      const { code, stdout, stderr } = await runCli([...command, '--help'], { cwd });
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toMatch(/^Usage: copilot-runtimes/);
      expect(stdout).not.toContain(ANSI);
      expect(listing(cwd)).toEqual([]);
    },
  );

  it('says its version', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(await runCli(['--version'], { cwd: temporaryDirectory() })).toMatchObject({
      code: 0,
      stdout: `${version}\n`,
    });
  });

  it.each([
    ['without a terminal', {}, false],
    ['when FORCE_COLOR asks for them', { FORCE_COLOR: '1' }, true],
    ['with FORCE_COLOR=0', { FORCE_COLOR: '0' }, false],
    ['when NO_COLOR forbids them', { FORCE_COLOR: '1', NO_COLOR: '1' }, false],
  ])('uses colours as it should: %s', async (_, env, colored) => {
    const cwd = temporaryDirectory();
    writeTopology(cwd, HYBRID);
    const [good, bad] = await Promise.all([
      runCli(['plan'], { cwd, env }),
      runCli(['plan', 'none'], { cwd, env }),
    ]);
    expect([good.stdout.includes(ANSI), bad.stderr.includes(ANSI)]).toEqual([colored, colored]);
  });

  it.each(['schema | head -1', 'plan --json | head -1', 'plan nowhere.yaml 2>&1 | true', 'schema | true'])(
    'is not disturbed by a reader that has seen enough: %s',
    async (pipe) => {
      const cwd = temporaryDirectory();
      writeTopology(cwd);
      const script = `exec 3>&1; { "${process.execPath}" "${CLI}" ${pipe.replace(' | ', '; echo "code $?" >&3; } | ')}`;
      const { stdout, stderr } = await promisify(execFile)('bash', ['-c', script], {
        cwd,
        env: cliEnvironment(),
      });
      expect(stderr).toBe('');
      expect(stdout).toContain(pipe.startsWith('plan nowhere') ? 'code 2' : 'code 0');
    },
  );
});
