import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { parseManifest, parseTopology } from '../../topology/index.js';
import { tenantNamespace } from '../../topology/placement.js';
import { temporaryDirectory } from '../support/cleanup.js';
import { runCli } from '../support/cli.js';
import { contents, modeOf } from '../support/files.js';
import { topologyText, writeTopology } from '../support/topology.js';

const KUBERNETES = {
  name: 'prod',
  platform: 'kubernetes',
  runtime: { image: `registry.example.com/runtimes@sha256:${'0'.repeat(64)}`, integrationId: 'test' },
};
const LOCK = 'topology.lock.json';

function workspace(changes: Readonly<Record<string, unknown>> = {}): string {
  const cwd = temporaryDirectory();
  writeTopology(cwd, { ...KUBERNETES, ...changes });
  return cwd;
}

describe('copilot-runtimes render', () => {
  it('writes a folder for each stack, and takes up the lock', async () => {
    const cwd = workspace({ tenants: { acme: {}, globex: { cell: 'c02' } } });
    const { code, stdout } = await runCli(['render', '--out', 'manifests'], { cwd });
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(
        /^manifests\/prod-c01: \d+ objects, 1 secret value to provide \(secrets\.md\)\nmanifests\/prod-c02: /,
      ),
    ]);
    const files = Object.keys(contents(path.join(cwd, 'manifests')));
    expect(files).toEqual(expect.arrayContaining(['prod-c01/kustomization.yaml', 'prod-c02/secrets.md']));
    const manifest = parseManifest(readFileSync(path.join(cwd, 'manifests/prod.manifest.json'), 'utf8'));
    expect(Object.keys(manifest.routes)).toEqual(['acme', 'globex']);
    expect(JSON.parse(readFileSync(path.join(cwd, LOCK), 'utf8'))).toHaveProperty(
      'tenants.globex.cell',
      'c02',
    );
  });

  it('again leaves what is the same as it was, and removes what is gone', async () => {
    const cwd = workspace({ tenants: { acme: {}, globex: { cell: 'c02' } } });
    const out = path.join(cwd, 'out');
    expect(await runCli(['render', '--out', 'out'], { cwd })).toMatchObject({ code: 0 });
    const before = contents(out);
    writeTopology(cwd, { ...KUBERNETES, tenants: { acme: {} }, purge: ['globex'] });
    expect(await runCli(['render', '--out', 'out'], { cwd })).toMatchObject({
      stderr: '',
      stdout: expect.stringContaining('removed out/prod-c02/kustomization.yaml') as unknown,
      code: 0,
    });
    const inCell = (of: Record<string, string>, cell: string) =>
      Object.entries(of).filter(([file]) => file.startsWith(`prod-${cell}/`));
    expect(inCell(contents(out), 'c01')).toEqual(inCell(before, 'c01'));
    expect(inCell(contents(out), 'c02')).toEqual([]);
  });

  it('generates secrets that only the owner can read, and warns of them', async () => {
    const cwd = workspace();
    const { stdout } = await runCli(['render', 'topology.yaml', '--out', 'o', '--generate-secrets'], { cwd });
    expect(stdout).toContain('warning these files hold secrets: do not commit them');
    const [secret] = Object.keys(contents(path.join(cwd, 'o'))).filter((file) => file.includes('.secret.'));
    expect(modeOf(path.join(cwd, 'o', secret!))).toBe(0o600);
  });

  it.each<[string, string[], RegExp, object?]>([
    ['no directory', [], /required option '--out <directory>'/],
    [
      'both kinds of secrets',
      ['--out', 'o', '--generate-secrets', '--external-secrets', 's'],
      /cannot be used with/,
    ],
    [
      'a store that has no such name',
      ['--out', 'o', '--external-secrets', 'My Store'],
      /must be the name of a Cluster/,
    ],
    ['a directory that is a file', ['--out', 'topology.yaml'], /topology\.yaml cannot be written/],
    [
      'another platform',
      ['--out', 'o'],
      /is local, and manifests are for Kubernetes: start it with "copilot-runtimes up"/,
      { platform: 'local' },
    ],
    [
      'a variable that is not set',
      ['--out', 'o', '--generate-secrets'],
      /needs a value for github-token: set TF_VAR_gh/,
      { runtime: { ...KUBERNETES.runtime, auth: { githubToken: { variable: 'gh' } } } },
    ],
  ])('with %s ends with 2 and writes nothing', async (_, args, says, changes = {}) => {
    const cwd = workspace({ ...changes });
    const before = contents(cwd);
    const { code, stderr } = await runCli(['render', 'topology.yaml', ...args], { cwd });
    expect([code, stderr]).toEqual([2, expect.stringMatching(says)]);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(Object.keys(contents(cwd)).filter((file) => file !== LOCK)).toEqual(Object.keys(before));
  });

  it('with CI=true and a stale lock ends with 2 and writes nothing', async () => {
    const cwd = workspace();
    const { code, stderr } = await runCli(['render', '--out', 'o'], { cwd, env: { CI: 'true' } });
    expect([code, stderr]).toEqual([2, expect.stringMatching(/is stale/)]);
    expect(Object.keys(contents(cwd))).toEqual(['topology.yaml']);
  });
});

describe('copilot-runtimes check-plan', () => {
  const namespace = tenantNamespace(parseTopology(topologyText(KUBERNETES)), 'acme');
  const claim = (actions: string[]) => ({
    format_version: '1.2',
    planned_values: {},
    complete: true,
    errored: false,
    resource_changes: [
      {
        address: 'kubernetes_persistent_volume_claim_v1.it',
        mode: 'managed',
        type: 'kubernetes_persistent_volume_claim_v1',
        change: { actions, before: { metadata: [{ name: 'runtime-state', namespace }] }, after: null },
        action_reason: 'delete_because_no_resource_config',
      },
    ],
  });
  const check = async (plan: unknown, changes: Readonly<Record<string, unknown>> = {}) => {
    const cwd = workspace(changes);
    writeFileSync(path.join(cwd, 'plan.json'), typeof plan === 'string' ? plan : JSON.stringify(plan));
    return runCli(['check-plan', 'plan.json', '--topology', 'topology.yaml'], { cwd });
  };

  it('passes a plan that loses nothing', async () => {
    expect(await check(claim(['no-op']))).toMatchObject({
      code: 0,
      stdout: 'plan.json loses no state\n',
      stderr: '',
    });
  });

  it('refuses a deletion, one line each, and ends with 1', async () => {
    const { code, stdout, stderr } = await check(claim(['delete']));
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr.split('\n')).toEqual([
      expect.stringMatching(
        /^refused tenant acme: .*kubernetes_persistent_volume_claim_v1\.it.*no_resource_config/,
      ),
      'plan.json must not be applied: 1 change would lose state',
      '',
    ]);
  });

  it('lists what is purged', async () => {
    const { code, stdout } = await check(claim(['delete']), { tenants: { other: {} }, purge: ['acme'] });
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(
        /^purge tenant acme: .* is deleted\nplan\.json loses no state but what is purged\n$/,
      ),
    ]);
  });

  it.each<[string, unknown, RegExp]>([
    ['a binary plan', 'PK', /plan\.json is not JSON/],
    ['a plan that failed', { ...claim(['no-op']), errored: true }, /errored is true/],
    [
      'a plan of another topology',
      JSON.stringify(claim(['no-op'])).replace('prod-', 'test-'),
      /of another topology/,
    ],
  ])('ends with 2 for %s', async (_, plan, says) => {
    const { code, stdout, stderr } = await check(plan);
    expect([code, stdout, stderr]).toEqual([2, '', expect.stringMatching(says)]);
  });

  it('ends with 2 without a plan', async () => {
    const cwd = workspace();
    expect(await runCli(['check-plan', 'no.json'], { cwd })).toMatchObject({
      code: 2,
      stderr: 'error no.json does not exist: check the path\n',
    });
    expect((await runCli(['check-plan'], { cwd })).code).toBe(2);
  });
});
