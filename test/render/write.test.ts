import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, it } from '@jest/globals';

import type { RenderedFile } from '../../render/files.js';
import { markerFile, writeRender } from '../../render/write.js';
import { temporaryDirectory } from '../support/cleanup.js';
import { contents, listing, modeOf } from '../support/files.js';

const file = (name: string, text = name, secret = false): RenderedFile => ({
  path: name,
  text,
  ...(secret && { secret }),
});
const A = file('prod-c01/a.yaml');
const B = file('prod-c01/b.yaml');
const C = file('prod-c02/c.yaml');
const MARKER = markerFile('prod');
const list = (files: readonly string[]) => JSON.stringify({ renderVersion: 1, files });

describe('writing a render', () => {
  it('leaves what it wrote and a list of it, and no temporary files', async () => {
    const out = path.join(temporaryDirectory(), 'deep', 'out');
    expect(await writeRender(out, 'prod', [A, C])).toEqual({ written: 2, removed: [] });
    expect(listing(out)).toEqual([MARKER, 'prod-c01', A.path, 'prod-c02', C.path]);
    expect(JSON.parse(readFileSync(path.join(out, MARKER), 'utf8'))).toEqual({
      renderVersion: 1,
      files: [A.path, C.path],
    });
  });

  it('keeps secrets from others, also when the file was there before', async () => {
    const out = temporaryDirectory();
    await writeRender(out, 'prod', [A]);
    await writeRender(out, 'prod', [file(A.path, 'secret', true)]);
    expect(modeOf(path.join(out, A.path))).toBe(0o600);
  });

  it('again changes nothing', async () => {
    const out = temporaryDirectory();
    await writeRender(out, 'prod', [A, B]);
    const before = contents(out);
    await writeRender(out, 'prod', [A, B]);
    expect(contents(out)).toEqual(before);
  });

  it('removes what an earlier one wrote and this one did not, with folders that are empty then', async () => {
    const out = temporaryDirectory();
    await writeRender(out, 'prod', [A, B, C]);
    expect(await writeRender(out, 'prod', [A])).toEqual({ written: 1, removed: [B.path, C.path] });
    expect(listing(out)).toEqual([MARKER, 'prod-c01', A.path]);
  });

  it('finishes what an interrupted one began', async () => {
    const out = temporaryDirectory();
    await writeRender(out, 'prod', [A, B]);
    writeFileSync(path.join(out, MARKER), list([A.path, B.path, C.path]));
    rmSync(path.join(out, B.path));
    await writeRender(out, 'prod', [A]);
    expect(listing(out)).toEqual([MARKER, 'prod-c01', A.path]);
  });

  it('does not touch files of others, nor those of another topology', async () => {
    const out = temporaryDirectory();
    await writeRender(out, 'prod', [A, C]);
    await writeRender(out, 'test', [file('test-c01/a.yaml')]);
    writeFileSync(path.join(out, 'prod-c02/mine.yaml'), 'mine');
    writeFileSync(path.join(out, 'README.md'), 'mine');
    await writeRender(out, 'prod', [A]);
    expect(Object.keys(contents(out)).sort()).toEqual([
      MARKER,
      markerFile('test'),
      'README.md',
      A.path,
      'prod-c02/mine.yaml',
      'test-c01/a.yaml',
    ]);
  });

  it('refuses to overwrite a file of others, and writes nothing then', async () => {
    const out = temporaryDirectory();
    mkdirSync(path.join(out, 'prod-c01'));
    writeFileSync(path.join(out, A.path), 'mine');
    await expect(writeRender(out, 'prod', [B, A])).rejects.toThrow(
      /has a file prod-c01\/a\.yaml that no earlier render wrote: move it away/,
    );
    expect(contents(out)).toEqual({ [A.path]: 'mine' });
  });

  it('takes a file for its own that says the same', async () => {
    const out = temporaryDirectory();
    await writeRender(out, 'prod', [A]);
    rmSync(path.join(out, MARKER));
    await writeRender(out, 'prod', [A]);
    expect(listing(out)).toContain(MARKER);
  });

  it('replaces a link instead of writing through it', async () => {
    const out = temporaryDirectory();
    await writeRender(out, 'prod', [A]);
    const elsewhere = path.join(out, 'elsewhere');
    writeFileSync(elsewhere, 'mine');
    rmSync(path.join(out, A.path));
    symlinkSync(elsewhere, path.join(out, A.path));
    await writeRender(out, 'prod', [A]);
    expect(readFileSync(elsewhere, 'utf8')).toBe('mine');
    expect(readFileSync(path.join(out, A.path), 'utf8')).toBe(A.text);
  });

  it.each([
    ['leads out of the directory', list(['../secret.yaml'])],
    ['leads out by a folder', list(['prod-c01/../../secret.yaml'])],
    ['names a parent', list(['prod-c01/..'])],
    ['is absolute', list(['/etc/passwd'])],
    ['names a folder of another topology', list(['other-c01/a.yaml'])],
    ['is no list', '{"files": "prod-c01/a.yaml"}'],
    ['is no JSON', 'prod-c01/a.yaml'],
    ['is null', 'null'],
  ])('refuses a list that %s', async (_, text) => {
    const out = temporaryDirectory();
    writeFileSync(path.join(out, MARKER), text);
    await expect(writeRender(out, 'prod', [A])).rejects.toThrow(/is no list of an earlier render/);
    expect(listing(out)).toEqual([MARKER]);
  });

  it('says so when the directory is a file', async () => {
    const out = path.join(temporaryDirectory(), 'file');
    writeFileSync(out, '');
    await expect(writeRender(out, 'prod', [A])).rejects.toThrow(/cannot be written \((ENOTDIR|EEXIST)\)/);
  });
});
