import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { oldTokenFile, readOldTokens } from '../../cli/old-tokens.js';
import { oldTokensOf } from '../../smoke/old-tokens.js';
import { manifestOf } from '../../topology/index.js';
import { temporaryDirectory } from '../support/cleanup.js';
import { runCli } from '../support/cli.js';
import { contents } from '../support/files.js';
import { HYBRID, planOf, writeTopology } from '../support/topology.js';

const TOKEN = randomBytes(32).toString('base64url');

describe('a token from before a rotation', () => {
  it('that is still in force fails the suite, and is in no report and no output', async () => {
    const cwd = temporaryDirectory();
    writeTopology(cwd);
    await runCli(['up', '--no-smoke', '--state', '.'], { cwd });
    const file = 'tiny/tenant/acme/secrets/connection-token';
    const only = ['--only', 'reachable,old-token-refused', '--old-token', `acme=${file}`];
    const { code, stdout, stderr } = await runCli(['up', '--state', '.', ...only], { cwd });
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(stdout).toMatch(/✘ old-token-refused +1 ✘/);
    expect(stdout).toContain('it was not rotated');
    expect(stdout).toContain('raise connectionTokenRevision and deploy');
    const reports = contents(path.join(cwd, 'reports'));
    expect(Object.keys(reports)).toHaveLength(3);
    const token = readFileSync(path.join(cwd, file), 'utf8');
    expect([stdout, ...Object.values(reports)].filter((text) => text.includes(token))).toEqual([]);
  });

  it('is a file of a tenant, or of a runtime, and may be given for several', async () => {
    const file = path.join(temporaryDirectory(), 'token');
    writeFileSync(file, `${TOKEN}\n`);
    const files = oldTokenFile(`pool/0=${file}`, oldTokenFile(`docs=${file}`));
    const tokens = await readOldTokens(files);
    expect([...oldTokensOf(manifestOf(planOf(HYBRID)), tokens)]).toEqual([
      ['gateway/docs', [TOKEN]],
      ['pool/0', [TOKEN]],
    ]);
  });

  it.each([['acme'], [`=${TOKEN}`], ['acme=']])('given as %s is no file, and not printed', (text) => {
    expect(() => oldTokenFile(text)).toThrow(
      '--old-token must be <tenant>=<file>, with the token in the file',
    );
  });

  it('that was given itself instead of its file is not printed', async () => {
    const args = ['smoke', '--manifest', 'none.json', '--old-token', `acme=${TOKEN}`];
    const { code, stdout, stderr } = await runCli(args, { cwd: temporaryDirectory() });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toBe(
      'error --old-token: what is given for acme cannot be read (ENOENT): give a file that has the token, never the token itself\n',
    );
  });

  it('is not stored for a suite that runs elsewhere', async () => {
    const args = ['smoke', '--manifest', 'none.json', '--in-cluster', '--old-token', 'acme=acme.old'];
    const { code, stderr } = await runCli(args, { cwd: temporaryDirectory() });
    expect(code).toBe(2);
    expect(stderr).toMatch(/^error --old-token cannot go with --in-cluster, .*: leave that out/);
  });

  it('must not be empty', async () => {
    const file = path.join(temporaryDirectory(), 'token');
    writeFileSync(file, '\n');
    await expect(readOldTokens([{ of: 'acme', file }])).rejects.toThrow('the file for acme is empty');
  });

  it('must be of somebody who has a way', () => {
    const tenants = { acme: {}, initech: { state: 'suspended' } };
    const manifest = manifestOf(planOf({ tenants }));
    const given = (of: string) => () => oldTokensOf(manifest, [{ of, value: TOKEN }]);
    expect(given('acne')).toThrow(
      'no tenant or runtime is called acne: known are acme, initech, tenant/acme',
    );
    expect(given('initech')).toThrow('tenant initech is not active');
  });

  it('and its check go together', async () => {
    const given = readOldTokens([{ of: 'acme', file: 'f' }], ['reachable']);
    await expect(given).rejects.toThrow('--old-token is for old-token-refused, and --only leaves that out');
    await expect(readOldTokens([], ['old-token-refused'])).rejects.toThrow(
      '--only old-token-refused needs a token from before a rotation: add --old-token <tenant>=<file>',
    );
  });
});
