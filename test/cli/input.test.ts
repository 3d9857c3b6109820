import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { lockOf, manifestOf, parseTopology, planTopology, printLock } from '../../topology/index.js';
import { temporaryDirectory } from '../support/cleanup.js';
import { runCli } from '../support/cli.js';
import { contents } from '../support/files.js';
import { processesOf } from '../support/processes.js';
import { HYBRID, planOf, topologyText, writeTopology } from '../support/topology.js';

interface Case {
  /** Text of topology.yaml. @default - the smallest one */
  readonly text?: string;
  /** Other files to write, by name. */
  readonly files?: Readonly<Record<string, string>>;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly code: 1 | 2;
  /** What stderr says. */
  readonly says: RegExp;
}

const up = ['up', 'topology.yaml'];
const tenants = (of: Record<string, unknown>) => topologyText({ tenants: of });
const manifest = (overrides: object) => JSON.stringify({ ...manifestOf(planOf()), ...overrides });
const smoke = ['smoke', '--manifest', 'manifest.json'];

const CASES: Readonly<Record<string, Case>> = {
  'malformed YAML': { text: 'name: [', args: up, code: 2, says: /topology\.yaml:1:\d+ is not valid YAML/ },
  'an unknown key': {
    text: topologyText({ tenats: {} }),
    args: up,
    code: 2,
    says: /topology\.yaml:1:\d+ tenats is not a known key: did you mean tenants\?/,
  },
  'two tenants alike': {
    text: 'name: tiny\nplatform: local\npattern: isolated\nruntime: { integrationId: t }\ntenants:\n  acme: {}\n  acme: {}\n',
    args: up,
    code: 2,
    says: /topology\.yaml:7:3 .*two tenants cannot have the same id/,
  },
  'a tenant id with _': {
    text: tenants({ a_b: {} }),
    args: up,
    code: 2,
    says: /must be a tenant id.*got "a_b"/,
  },
  'a tenant id with @': {
    text: tenants({ 'a@b': {} }),
    args: up,
    code: 2,
    says: /must be a tenant id.*got "a@b"/,
  },
  'a tenant id in upper case': {
    text: tenants({ Acme: {} }),
    args: up,
    code: 2,
    says: /must be a tenant id.*got "Acme"/,
  },
  'a short idle timeout': {
    text: topologyText({ runtime: { integrationId: 't', idleTimeoutSeconds: 10 } }),
    args: up,
    code: 2,
    says: /runtime\.idleTimeoutSeconds must be at least 300, got 10: .*allowShortIdleTimeout/,
  },
  'a pool of zero': {
    text: topologyText({ ...HYBRID, pool: { replicas: 0 } }),
    args: up,
    code: 2,
    says: /pool\.replicas must be from 1 to 100, got 0/,
  },
  'several mistakes at once': {
    text: topologyText({ tenats: {}, tenants: { a_b: {} } }),
    args: ['plan', 'topology.yaml'],
    code: 2,
    says: /tenats[^]*a_b|a_b[^]*tenats/,
  },
  'another platform': {
    text: topologyText({
      platform: 'kubernetes',
      runtime: { integrationId: 't', image: 'x@sha256:1' },
      kubernetes: {},
    }),
    args: up,
    code: 2,
    says: /kubernetes/,
  },
  'a missing file': {
    args: ['up', 'nowhere.yaml'],
    code: 2,
    says: /nowhere\.yaml does not exist: check the path/,
  },
  'a directory for a file': { args: ['up', '.'], code: 2, says: /\. is a directory: name the file in it/ },
  'a path through a file': {
    args: ['plan', 'topology.yaml/x'],
    code: 2,
    says: /topology\.yaml\/x does not exist/,
  },
  'no topology at all': {
    args: ['plan'],
    text: '',
    files: {},
    env: { TOPOLOGY: 'none.yaml' },
    code: 2,
    says: /none\.yaml does not exist/,
  },
  'a tenant that was removed but not purged': {
    text: tenants({ acme: {} }),
    files: { 'topology.lock.json': lockText({ acme: {}, gone: {} }) },
    args: up,
    code: 2,
    says: /tenants\.gone stands in the lock but no longer in the topology: .*purge/,
  },
  'a stale lock in CI': {
    args: up,
    env: { CI: 'true' },
    code: 2,
    says: /topology\.lock\.json is stale \(the lock is new/,
  },
  'a stale lock in CI, by the lock command': {
    args: ['lock', 'topology.yaml'],
    env: { CI: 'true' },
    code: 2,
    says: /run "copilot-runtimes lock topology\.yaml" and commit it/,
  },
  'a lock that is none': {
    files: { 'topology.lock.json': '{' },
    args: up,
    code: 2,
    says: /topology\.lock\.json is not valid JSON/,
  },
  'a secret that is not there': {
    text: topologyText({
      runtime: { integrationId: 't', auth: { githubToken: { env: 'NO_SUCH_TOKEN' } } },
      smoke: { standIn: false },
    }),
    args: up,
    code: 2,
    says: /githubToken of tenant\/acme comes from the environment variable NO_SUCH_TOKEN, which is not set: export it/,
  },
  'an unknown check': {
    args: [...up, '--only', 'reachable,rechable'],
    code: 2,
    says: /no check is called rechable: known are reachable, /,
  },
  'a report directory that is a file': {
    args: [...up, '--report', 'topology.yaml'],
    code: 2,
    says: /topology\.yaml must be a directory, got a file/,
  },
  'a report directory below a file': {
    args: [...up, '--report', 'topology.yaml/x/y'],
    code: 2,
    says: /topology\.yaml\/x\/y must be a directory, but/,
  },
  'an unknown option': {
    args: [...up, '--kepe'],
    code: 2,
    says: /unknown option '--kepe'\n\(Did you mean --keep\?\)/,
  },
  'an unknown command': { args: ['upp'], code: 2, says: /unknown command 'upp'\n\(Did you mean up\?\)/ },
  'no command': { args: [], code: 2, says: /Usage: copilot-runtimes/ },
  'too many arguments': { args: ['plan', 'a', 'b'], code: 2, says: /too many arguments/ },
  'a manifest that was not named': {
    args: ['smoke'],
    code: 2,
    says: /required option '--manifest <file>' not specified/,
  },
  'a manifest that is not there': {
    args: [...smoke, '--report', 'reports'],
    code: 2,
    says: /manifest\.json does not exist/,
  },
  'a manifest that is not JSON': {
    files: { 'manifest.json': 'x' },
    args: smoke,
    code: 2,
    says: /manifest\.json is not valid JSON/,
  },
  'a manifest of another version': {
    files: { 'manifest.json': manifest({ manifestVersion: 99 }) },
    args: smoke,
    code: 2,
    says: /manifest\.json manifestVersion must be 1, got 99: /,
  },
  'a manifest of Azure without credentials': {
    files: { 'manifest.json': manifest({ platform: 'azure' }) },
    args: smoke,
    code: 1,
    says: /no credentials for Azure were found: set ARM_CLIENT_ID/,
  },
  'a Job in a cluster for a local deployment': {
    files: { 'manifest.json': manifest({}) },
    args: [...smoke, '--in-cluster'],
    code: 2,
    says: /--in-cluster is for platform kubernetes, and manifest\.json is of platform local: leave it out/,
  },
  'a Job in a cluster without an identity': {
    files: { 'manifest.json': manifest({ platform: 'kubernetes' }) },
    args: [...smoke, '--in-cluster'],
    code: 2,
    says: /manifest\.json smokeJob is missing, .* set kubernetes\.smokeIdentity in the topology and deploy/,
  },
  'a kubeconfig that is not there': {
    files: { 'manifest.json': manifest({ platform: 'kubernetes' }) },
    args: [...smoke, '--kubeconfig', 'nowhere'],
    code: 1,
    says: /cannot read the credentials of the cluster from nowhere/,
  },
  'a file in the place of the state': {
    files: { blocked: '' },
    args: [...up, '--no-smoke', '--state', 'blocked'],
    code: 1,
    says: /cannot write .*blocked\/tiny \(ENOTDIR\): a file stands where a directory is needed/,
  },
};

/** The lock of the smallest topology with these tenants. */
function lockText(of: Record<string, unknown>): string {
  const topology = parseTopology(topologyText({ tenants: of }));
  return printLock(lockOf(topology, planTopology(topology)));
}

describe('the program, given', () => {
  it.each(Object.entries(CASES))(
    '%s, says so and does nothing',
    async (_, { text, files, args, env, code, says }) => {
      const directory = temporaryDirectory();
      writeTopology(directory);
      if (text !== undefined) writeFileSync(path.join(directory, 'topology.yaml'), text);
      for (const [name, content] of Object.entries(files ?? {}))
        writeFileSync(path.join(directory, name), content);
      const before = contents(directory);

      const result = await runCli(args, { cwd: directory, ...(env && { env }) });
      expect(result.stderr).toMatch(says);
      expect(result.stderr).not.toMatch(/\n\s+at |mistake in copilot-runtimes|Error:/);
      expect(result.code).toBe(code);
      expect(processesOf(directory)).toEqual([]);
      // Running on an unusable state directory is found late: the lock has been taken up by then.
      const { 'topology.lock.json': _lock, ...after } = contents(directory);
      const { 'topology.lock.json': _before, ...unchanged } = before;
      expect(code === 1 ? after : contents(directory)).toEqual(code === 1 ? unchanged : before);
    },
  );

  it('the manifest of a deployment that is not running, fails and says how to start it', async () => {
    const directory = temporaryDirectory();
    mkdirSync(path.join(directory, 'tiny/tenant/acme/secrets'), { recursive: true });
    writeFileSync(path.join(directory, 'tiny/tenant/acme/secrets/connection-token'), 'x'.repeat(43));
    writeFileSync(path.join(directory, 'tiny/manifest.json'), manifest({}));
    const report = path.join(directory, 'not/yet/there');
    const result = await runCli(['smoke', '--manifest', 'tiny/manifest.json', '--report', report], {
      cwd: directory,
    });
    expect(result.code).toBe(1);
    expect(result.stdout).toMatch(/tenant\/acme is not running: start it with "copilot-runtimes up --keep"/);
    expect(result.stdout).toMatch(/Failed\s+1 failed/);
    expect(Object.keys(contents(report)).sort()).toEqual(['junit.xml', 'report.html', 'report.json']);
  });
});
