import { createWriteStream, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip, gunzipSync } from 'node:zlib';

import { describe, expect, it } from '@jest/globals';
import tar from 'tar-stream';

import { renameSession } from '../../backup/rename-session.js';
import { temporaryDirectory } from '../support/cleanup.js';
import { CliRun, runCli } from '../support/cli.js';
import { modeOf } from '../support/files.js';
import { waitFor } from '../support/wait.js';

import { Files, kept } from './backup-fixture.js';

const MANY = Array.from({ length: 60 }, (_, n) => `session-${n}`);

const archiveIn = (folder = temporaryDirectory()) => path.join(folder, 'acme.tar.gz');

/** An archive of these entries. */
async function archiveOf(entries: readonly (readonly [name: string, text: string])[]): Promise<string> {
  const file = archiveIn();
  const pack = tar.pack();
  for (const [name, text] of entries) pack.entry({ name }, text);
  pack.finalize();
  await pipeline(pack, createGzip(), createWriteStream(file));
  return file;
}

describe('an archive', () => {
  it('has every file of a session and no lock, is private, and is restored as it was', async () => {
    const from = new Files().write(['one', 'two']);
    const file = archiveIn();
    await from.backUp(file);
    expect(modeOf(file)).toBe(0o600);
    expect(gunzipSync(readFileSync(file)).includes('inuse')).toBe(false);
    const to = new Files();
    await expect(to.restore(file)).resolves.toEqual({ sessions: 2, present: 0 });
    for (const id of ['one', 'two']) {
      expect(kept(to.session(id))).toEqual(kept(from.session(id)));
      expect(existsSync(path.join(to.session(id), 'inuse.1.lock'))).toBe(false);
    }
    // Again: everything is there.
    await expect(to.restore(file)).resolves.toEqual({ sessions: 0, present: 2 });
  });

  it('takes the place of no session with another history, and then nothing is restored', async () => {
    const file = archiveIn();
    await new Files().write(['new', 'one']).backUp(file);
    const to = new Files().write(['one'], 'something else');
    await expect(to.restore(file)).rejects.toThrow(
      /a session of the same id but with another history: one: nothing was restored; delete them there first/,
    );
    expect(to.ids()).toEqual(['one']);
    expect(readFileSync(path.join(to.session('one'), 'events.jsonl'), 'utf8')).toContain('something else');
  });

  it('is refused when it is damaged or of somebody else, and then nothing is restored', async () => {
    const file = archiveIn();
    await new Files().write(['one']).backUp(file);
    const whole = readFileSync(file);
    const to = new Files();
    const refusal = async (bytes: Buffer) => {
      writeFileSync(file, bytes);
      return to.restore(file).then(
        () => 'restored',
        (error: Error) => error.message,
      );
    };
    await expect(refusal(whole.subarray(0, whole.length - 300))).resolves.toMatch(/take another copy of it$/);
    await expect(refusal(Buffer.from('no archive'))).resolves.toMatch(/take another copy of it$/);
    const flipped = Buffer.from(whole);
    flipped[whole.length - 200]! ^= 0xff;
    await expect(refusal(flipped)).resolves.toMatch(/take another copy of it$/);
    writeFileSync(file, whole);
    await expect(to.restore(file, 'globex')).rejects.toThrow('is of tenant acme, not of globex');
    expect(existsSync(path.dirname(to.session('any')))).toBe(false);
    await expect(to.restore(file)).resolves.toEqual({ sessions: 1, present: 0 });
  });

  it.each([
    [
      'leads out of its folder',
      { path: '../../outside' },
      'sessions/one/../../outside',
      'must stay inside of its session',
    ],
    ['has another checksum', {}, 'sessions/one/data', 'the checksum of data is wrong'],
    ['is not named', {}, 'sessions/one/other', 'it has sessions/one/other, which its contents do not name'],
    ['is not there', {}, undefined, 'it lacks sessions/one/data'],
  ])('is refused when a file of it %s', async (_what, change, name, reason) => {
    const described = { path: 'data', size: 4, sha256: 'x', modifiedAt: 0, ...change };
    const head = {
      archiveVersion: 1,
      topology: 'tiny',
      tenant: 'acme',
      createdAt: new Date().toISOString(),
      sessions: [{ id: 'one', storedAs: 'one', directories: [], files: [described] }],
    };
    const entries = [
      ['contents.json', JSON.stringify(head)] as const,
      ...(name ? [[name, 'text'] as const] : []),
    ];
    const to = new Files();
    await expect(to.restore(await archiveOf(entries))).rejects.toThrow(reason);
    expect(readdirSync(to.directory)).toEqual(['manifest.json']);
  });
});

describe('a session that gets another id', () => {
  it('keeps what was said in it, also where that is its id', async () => {
    const { directory } = new Files();
    const file = path.join(directory, 'events.jsonl');
    const events = (id: string) =>
      [
        { type: 'session.start', data: { sessionId: id, nested: [{ id }], other: 'chat-2' } },
        { type: 'user.message', data: { content: 'chat' } },
        { type: 'assistant.message', data: { content: 'chat', sessionId: 'chat' } },
      ]
        .map((event) => `${JSON.stringify(event)}\n`)
        .join('');
    writeFileSync(file, events('chat'));
    writeFileSync(path.join(directory, 'workspace.yaml'), 'id: chat\nname: "id: chat"\n');
    await renameSession(directory, 'chat', 'docs__chat');
    expect(readFileSync(file, 'utf8')).toBe(events('docs__chat'));
    expect(readFileSync(path.join(directory, 'workspace.yaml'), 'utf8')).toBe(
      'id: docs__chat\nname: "id: chat"\n',
    );
  });
});

/** Names of all files and folders below one; of none while a folder goes just as it is read. */
function namesBelow(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => path.basename(name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

describe('killed in the middle', () => {
  it('a backup leaves the last archive as it was, and the next one clears up', async () => {
    const from = new Files().write(MANY);
    const file = archiveIn();
    writeFileSync(file, 'the last archive');
    const args = ['backup', '--manifest', from.manifestFile, '--tenant', 'acme', '--out', file];
    for (const seen of [
      (names: string[]) => names.some((name) => name.includes('.partial-')),
      (names: string[]) => names.includes('session-9'),
      (names: string[]) => names.includes('archive'),
    ]) {
      const run = new CliRun(args, { cwd: from.directory });
      await waitFor('the moment to kill it', () => seen(namesBelow(path.dirname(file))));
      run.signal('SIGKILL');
      await expect(run.ended).resolves.toMatchObject({ signal: 'SIGKILL' });
      expect(readFileSync(file, 'utf8')).toBe('the last archive');
    }
    await expect(runCli(args, { cwd: from.directory })).resolves.toMatchObject({
      code: 0,
      stdout: expect.stringContaining('60 sessions of acme (180 files)'),
    });
    expect(readdirSync(path.dirname(file))).toEqual(['acme.tar.gz']);
    expect(from.ids()).toHaveLength(60);
  });

  it('a restore leaves whole sessions only, and is finished by doing it again', async () => {
    const from = new Files().write(MANY);
    const file = archiveIn();
    await from.backUp(file);
    const to = new Files();
    const args = ['restore', '--manifest', to.manifestFile, '--tenant', 'acme', '--from', file];
    const run = new CliRun(args, { cwd: to.directory });
    await waitFor(
      'a part that is unpacked',
      () => existsSync(to.directory) && readdirSync(to.directory).length > 1,
    );
    run.signal('SIGKILL');
    await run.ended;
    expect(existsSync(to.session('session-0'))).toBe(false);
    // As when it was killed between two sessions.
    await to.restore(file);
    for (const id of MANY.slice(20)) rmSync(to.session(id), { recursive: true });
    await expect(runCli(args, { cwd: to.directory })).resolves.toMatchObject({
      code: 0,
      stdout: '40 sessions of acme restored, 20 were there already\n',
    });
    expect(readdirSync(to.directory).sort()).toEqual(['manifest.json', 'tenant']);
    expect(to.ids()).toHaveLength(60);
    expect(kept(to.session('session-7'))).toEqual(kept(from.session('session-7')));
  });
});

describe('the commands', () => {
  it('say what is wrong, and what to do', async () => {
    const { manifestFile, directory } = new Files();
    const said = async (...args: string[]) => {
      const { code, stderr } = await runCli([...args, '--manifest', manifestFile], { cwd: directory });
      return `${code}: ${stderr}`;
    };
    await expect(said('backup', '--tenant', 'nobody', '--out', 'x')).resolves.toMatch(
      /^2: .*has no tenant nobody: use one of acme/,
    );
    await expect(said('restore', '--tenant', 'acme', '--from', 'missing')).resolves.toMatch(
      /^1: .*cannot read missing \(ENOENT\): name an archive/,
    );
    await expect(said('backup', '--tenant', 'acme', '--out', 'no/such/folder/x')).resolves.toMatch(
      /^1: .*cannot back up to .*no\/such\/folder \(ENOENT\): nothing was written/,
    );
  });
});
