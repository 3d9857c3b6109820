import { appendFileSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { PassThrough, type Readable } from 'node:stream';

import { describe, expect, it } from '@jest/globals';
import tar from 'tar-stream';

import { writeEntry } from '../../backup/entry.js';
import { receiveSessions } from '../../backup/receive.js';
import { sendFolders, sendSessions } from '../../backup/send.js';
import { temporaryDirectory } from '../support/cleanup.js';

import { Files, kept } from './backup-fixture.js';

type Entry = readonly [name: string, text: string | object];

function streamOf(entries: readonly Entry[]): Readable {
  const pack = tar.pack();
  for (const [name, text] of entries)
    pack.entry({ name }, typeof text === 'string' ? text : JSON.stringify(text));
  pack.finalize();
  return pack as unknown as Readable;
}

/** SHA-256 of `text`. */
const SHA256 = '982d9e3eb996f559e633f4d194def3761d909f5a3b647d1a851fead67c32c9d1';

const FILE: Entry = ['files/one/data', 'text'];
const described = (change: object = {}) => ({
  storedAs: 'one',
  directories: [],
  files: [{ path: 'data', size: 4, sha256: SHA256, modifiedAt: 0, ...change }],
});
const SESSION: Entry = ['session.json', described()];
const END: Entry = ['end.json', { sessions: 1 }];

describe('a stream of sessions', () => {
  it('is taken over when it is whole', async () => {
    const folder = temporaryDirectory();
    await expect(receiveSessions(streamOf([FILE, SESSION, END]), folder)).resolves.toEqual([described()]);
    expect(readFileSync(path.join(folder, 'one/data'), 'utf8')).toBe('text');
  });

  it.each<[string, readonly Entry[], string]>([
    ['ends before its end', [FILE, SESSION], 'it ended too early'],
    ['is empty', [], 'it ended too early'],
    [
      'has fewer sessions than were sent',
      [FILE, SESSION, ['end.json', { sessions: 2 }]],
      'it has 1 sessions, which are not all',
    ],
    ['lacks a file', [SESSION, END], 'it lacks one/data'],
    [
      'has a file too many',
      [FILE, ['files/one/more', 'x'], SESSION, END],
      'it has one/more, which is of no session',
    ],
    [
      'has another file than was sent',
      [['files/one/data', 'TEXT'], SESSION, END],
      'the checksum of one/data is wrong',
    ],
    [
      'has a shorter file than was sent',
      [FILE, ['session.json', described({ size: 5 })], END],
      'the checksum of one/data is wrong',
    ],
    [
      'has something else',
      [FILE, SESSION, ['other.json', {}], END],
      'it has other.json, which no session needs',
    ],
    [
      'leads out of its folder',
      [['files/one/../../outside', 'text'], SESSION, END],
      'must stay inside of its session',
    ],
    ['leads out of it by the id of a session', [['files/../outside', 'text'], END], 'Invalid string'],
  ])('is refused when it %s', async (_what, entries, reason) => {
    const folder = path.join(temporaryDirectory(), 'inner');
    await expect(receiveSessions(streamOf(entries), folder)).rejects.toThrow(reason);
    expect(existsSync(path.join(folder, '../outside'))).toBe(false);
  });
});

describe('a session that changes while it is sent', () => {
  const send = (files: Files, changes: (call: number) => void) => {
    let calls = 0;
    const folder = temporaryDirectory();
    const stream = sendSessions({
      runtime: 'tenant/acme',
      sessions: path.dirname(files.session('any')),
      prefix: '',
      waitSeconds: 5,
      isBusy: () => {
        changes(++calls);
        return Promise.resolve(false);
      },
    });
    return { folder, received: receiveSessions(stream, folder) };
  };

  it('is sent again, as it is then', async () => {
    const files = new Files().write(['one']);
    const { folder, received } = send(files, (call) => {
      // After the first copy, and before it is known that nothing has changed.
      if (call === 2) appendFileSync(path.join(files.session('one'), 'events.jsonl'), '{"type":"more"}\n');
    });
    await expect(received).resolves.toHaveLength(1);
    expect(kept(path.join(folder, 'one'))).toEqual(kept(files.session('one')));
    expect(readFileSync(path.join(folder, 'one/events.jsonl'), 'utf8')).toContain('more');
  });

  it('is left out when it goes meanwhile', async () => {
    const files = new Files().write(['one', 'two']);
    const { folder, received } = send(files, (call) => {
      if (call === 2) rmSync(files.session('one'), { recursive: true });
    });
    await expect(received).resolves.toMatchObject([{ storedAs: 'two' }]);
    expect(readdirSync(folder)).toEqual(['two']);
  });
});

describe('a stream that breaks off', () => {
  /** The beginning of a session's file, of which more was announced. */
  function halfAFile(): PassThrough {
    const pack = tar.pack();
    pack.entry({ name: 'files/one/data', size: 100_000 }).write(Buffer.alloc(50_000));
    const stream = new PassThrough();
    pack.on('data', (data) => stream.write(data as Buffer));
    return stream;
  }

  it('says why, whatever was about to be written', async () => {
    const folder = temporaryDirectory();
    const stream = halfAFile();
    const received = receiveSessions(stream, folder);
    // Between the entry and the file that it is to become.
    stream.once('data', () => setImmediate(() => stream.destroy(new Error('the connection was lost'))));
    await expect(received).rejects.toThrow('the connection was lost');
  });

  it('is noticed by who begins to read what it has brought', async () => {
    const stream = halfAFile();
    const extract = stream.pipe(tar.extract() as unknown as NodeJS.WritableStream);
    for await (const entry of extract as unknown as AsyncIterable<Readable>) {
      (extract as unknown as Readable).destroy();
      const closed = new Promise((resolve) => entry.once('close', resolve));
      await closed;
      await expect(writeEntry(entry, path.join(temporaryDirectory(), 'data'))).rejects.toThrow();
      break;
    }
    expect.assertions(1);
  });
});

describe('a session that has come to be there meanwhile', () => {
  it('is not overwritten by one that is restored', async () => {
    const from = new Files().write(['one'], 'restored');
    const to = new Files().write(['one'], 'there');
    const stream = sendFolders([{ id: 'one', folder: from.session('one') }]);
    await expect(to.store.receive('acme', stream)).rejects.toThrow(
      'session one has just been created there: stop the clients of the tenant, and run it again',
    );
    expect(readFileSync(path.join(to.session('one'), 'events.jsonl'), 'utf8')).toContain('there');
    expect(readdirSync(path.join(to.directory, 'tenant/acme/home'))).toEqual(['session-state']);
  });
});
