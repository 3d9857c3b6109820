import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';

import { describe, expect, it } from '@jest/globals';

import { manifestOf, manifestText, parseTopology, planTopology } from '../../topology/index.js';
import { temporaryDirectory } from '../support/cleanup.js';
import { runCli } from '../support/cli.js';

/** The manifest of the example on Azure, and a folder for the copy of a share. */
function azure({ suspended = false } = {}) {
  const text = readFileSync('examples/azure/hybrid.yaml', 'utf8');
  const acme = 'acme: { placement: dedicated';
  expect(text).toContain(acme);
  const plan = planTopology(
    parseTopology(suspended ? text.replace(acme, `${acme}, state: suspended`) : text),
  );
  const cwd = temporaryDirectory();
  writeFileSync(path.join(cwd, 'azure.json'), manifestText(manifestOf(plan)));
  const folder = (name: string, sessions: Readonly<Record<string, string>> = {}) => {
    for (const [id, said] of Object.entries(sessions)) {
      mkdirSync(path.join(cwd, name, id), { recursive: true });
      writeFileSync(path.join(cwd, name, id, 'workspace.yaml'), `id: ${id}\n`);
      writeFileSync(path.join(cwd, name, id, 'events.jsonl'), `{"type":"user.message","said":"${said}"}\n`);
    }
    mkdirSync(path.join(cwd, name), { recursive: true });
    return name;
  };
  const run = async (command: string, tenant: string, ...args: string[]) => {
    const result = await runCli([command, '--manifest', 'azure.json', '--tenant', tenant, ...args], { cwd });
    return `${result.code}: ${result.stdout.split('\n')[0]}${result.stderr}`;
  };
  return { cwd, folder, run };
}

describe('copies of the shares of a tenant', () => {
  it('become an archive, that of a pool from all replicas, and get its sessions back', async () => {
    const { cwd, folder, run } = azure();
    const replicas = ['pool/0', 'pool/1'];
    const shares = replicas.flatMap((runtime, n) => [
      '--sessions',
      `${runtime}=${folder(`share-${n}`, { [`docs__of-${n}`]: `in ${n}`, [`other__of-${n}`]: 'secret' })}`,
    ]);
    expect(await run('backup', 'docs', '--out', 'pooled.tar.gz', ...shares)).toMatch(
      /^0: pooled\.tar\.gz: 2 sessions of docs/,
    );
    expect(gunzipSync(readFileSync(path.join(cwd, 'pooled.tar.gz'))).includes('secret')).toBe(false);
    const empty = replicas.flatMap((runtime, n) => ['--sessions', `${runtime}=${folder(`new-${n}`)}`]);
    expect(await run('restore', 'docs', '--from', 'pooled.tar.gz', ...empty)).toMatch(/^0: 2 sessions/);
    expect(replicas.flatMap((_, n) => readdirSync(path.join(cwd, `new-${n}`)))).toEqual([
      'docs__of-0',
      'docs__of-1',
    ]);
  });

  it('are asked for where no container group has the share mounted', async () => {
    const { run } = azure({ suspended: true });
    expect(await run('backup', 'acme', '--out', 'x')).toMatch(
      /^2: error tenant acme is suspended in azure\.json, so that no container group has its share mounted: make it active, deploy, .* or name a copy of share \S+ of \S+ with --sessions tenant\/acme=<folder>/,
    );
  });

  it('must be there, each of them', async () => {
    const { folder, run } = azure();
    expect(await run('backup', 'acme', '--out', 'x', '--sessions', 'elsewhere')).toMatch(
      /^2: .*it must be a runtime and a folder, such as tenant\/acme=\.\/acme/,
    );
    expect(await run('backup', 'acme', '--out', 'x', '--sessions', `pool/0=${folder('y')}`)).toMatch(
      /^2: .*--sessions must name a folder for tenant\/acme, got pool\/0: give it once for each/,
    );
    expect(await run('backup', 'acme', '--out', 'x', '--sessions', 'tenant/acme=none')).toMatch(
      /^2: .*folder none does not exist/,
    );
  });
});
