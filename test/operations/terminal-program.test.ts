import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { createGzip } from 'node:zlib';

import { describe, expect, it } from '@jest/globals';

import { KeeperStore } from '../../backup/keeper/index.js';
import { receiveSessions } from '../../backup/receive.js';
import { sendFolders } from '../../backup/send.js';
import { temporaryDirectory } from '../support/cleanup.js';
import { isRunning } from '../support/processes.js';
import { waitFor } from '../support/wait.js';

import { Files, kept } from './backup-fixture.js';
import { broken, keeperProgram, TerminalKeeper, withoutRawMode, type Wire } from './terminal-keeper.js';

/** Sessions, one of which has what no compression makes small, and every byte. */
function files(): Files {
  const some = new Files().write(['one', 'two']);
  writeFileSync(path.join(some.session('one'), 'files/random'), randomBytes(300_000));
  return some;
}

const storedIn = (some: Files, ids: readonly string[]) =>
  sendFolders(ids.map((id) => ({ id, folder: some.session(id) })));

const first50: Wire = { send: (message) => message.slice(0, 50) };

describe('the session keeper in a terminal', () => {
  it.each<[string, Wire]>([
    ['whole messages', {}],
    ['50 characters of a message', first50],
  ])('sends and takes sessions, where %s get through', async (_what, wire) => {
    const [from, to] = [files(), new Files()];
    const folder = temporaryDirectory();
    const store = new KeeperStore(new TerminalKeeper(from, undefined, wire));
    const sent = await receiveSessions(store.send({ prefix: '', waitSeconds: 0 }), folder);
    expect(sent.map(({ storedAs }) => storedAs)).toEqual(['one', 'two']);
    expect(kept(path.join(folder, 'one'))).toEqual(kept(from.session('one')));

    const other = new KeeperStore(new TerminalKeeper(to, undefined, wire));
    await other.receive('acme', storedIn(from, ['one', 'two']));
    expect(kept(to.session('one'))).toEqual(kept(from.session('one')));
    expect(Object.keys(await other.look(['one', 'three']))).toEqual(['one']);
  });

  it('is found behind whatever stands on the terminal before it and meanwhile', async () => {
    const greeting = `printf '\\033[31mWelcome\\033[0m\\n~ $ no newline'; (sleep 0.2; echo a warning) &`;
    const keeper = new TerminalKeeper(files(), keeperProgram(greeting));
    const found = await new KeeperStore(keeper).look(['two']);
    expect(found.two).toHaveLength(3);
  });

  it.each([
    ['repeats what it gets', 'stty sane'],
    ['cuts lines at 4096 characters', 'stty sane -echo'],
  ])('is of no use in a terminal that %s, and says so', async (_what, before) => {
    const to = new Files();
    const keeper = new TerminalKeeper(to, keeperProgram(before, withoutRawMode()), {}, { beatMs: 300 });
    await expect(new KeeperStore(keeper).receive('acme', storedIn(files(), ['one']))).rejects.toThrow(
      /^lost/,
    );
    expect(existsSync(path.dirname(to.session('one'))) ? to.ids() : []).toEqual([]);
  });

  it('says why it has failed, and what it does not understand', async () => {
    const some = new Files();
    const keeper = new TerminalKeeper(some);
    const run = (...args: string[]) => keeper.run(args, { stdout: new PassThrough().resume() });
    await expect(run('tidy')).rejects.toMatchObject({
      outcome: 'failed',
      said: 'expected send, look, receive or expired, got tidy',
    });
    await expect(run('expired', '--ttl-hours', '1', '--port', '9')).rejects.toMatchObject({
      outcome: 'failed',
      said: expect.stringContaining('ENOENT'),
    });
    const stdin = Readable.from([Buffer.from('no archive')]);
    const received = keeper.run(['receive', '--tenant', 'acme'], { stdin, stdout: new PassThrough() });
    await expect(received).rejects.toMatchObject({
      outcome: 'failed',
      said: expect.stringContaining('Z_DATA_ERROR'),
    });
  });

  it('that is not there, is said with what stood there instead', async () => {
    const keeper = new TerminalKeeper(new Files(), '/app/bin/nothing');
    await expect(new KeeperStore(keeper).look(['one'])).rejects.toMatchObject({
      outcome: 'absent',
      said: expect.stringMatching(/\/app\/bin\/nothing: not found$/),
    });
  });

  it('that says nothing is not waited for', async () => {
    const keeper = new TerminalKeeper(new Files(), keeperProgram('sleep 60'), {}, { readyMs: 200 });
    await expect(new KeeperStore(keeper).look(['one'])).rejects.toMatchObject({
      outcome: 'absent',
      said: 'nothing within 0.2 s',
    });
  });

  it('needs a terminal', () => {
    const { status, stderr } = spawnSync(keeperProgram(), { encoding: 'utf8', input: '' });
    expect(stderr).toBe('this program is asked over a terminal: start it in one, or main.js beside it\n');
    expect(status).toBe(2);
  });
});

/** A program that writes down its process id. */
function traced() {
  const pid = path.join(temporaryDirectory(), 'pid');
  const running = () => isRunning(Number(readFileSync(pid, 'utf8')));
  return { program: keeperProgram(`echo $$ > ${pid}`), running };
}

describe('a terminal that is taken away', () => {
  it('in the middle of what is sent, is no end of it, and ends the program', async () => {
    const { program, running } = traced();
    let heard = 0;
    const hear = (text: string) => ((heard += text.length) > 100_000 ? undefined : text);
    const store = new KeeperStore(new TerminalKeeper(files(), program, { hear }));
    const received = receiveSessions(store.send({ prefix: '', waitSeconds: 0 }), temporaryDirectory());
    await expect(received).rejects.toMatchObject({ outcome: 'lost' });
    await waitFor('the program to end', () => !running());
  });

  it('in the middle of what is taken, leaves nothing of it, and ends the program', async () => {
    const { program, running } = traced();
    const to = new Files();
    const keeper = new TerminalKeeper(to, program);
    const whole = storedIn(files(), ['one']).pipe(createGzip());
    const stdin = Readable.from(broken(whole));
    await expect(
      keeper.run(['receive', '--tenant', 'acme'], { stdin, stdout: new PassThrough() }),
    ).rejects.toThrow('the archive cannot be read');
    await waitFor('the program to end', () => !running());
    const home = path.join(to.directory, 'tenant/acme/home');
    expect([...readdirSync(home), ...to.ids()]).toEqual(['session-state']);
  });
});
