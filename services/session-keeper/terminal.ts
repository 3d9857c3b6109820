/**
 * The same program for where nothing but a terminal can be had, and no arguments: it is told over the terminal what to do,
 * and what goes over it is framed.
 */
import { createWriteStream } from 'node:fs';
import { answerInTerminal, type AnsweringStreams } from '../../backup/terminal/answer.js';
import { carryOut } from './carry-out.js';

process.umask(0o077);

if (!process.stdin.isTTY) {
  process.stderr.write('this program is asked over a terminal: start it in one, or main.js beside it\n');
  process.exit(2);
}
// Before anything is said: a terminal that edits lines cuts them at 4096 characters, and repeats what it gets.
process.stdin.setRawMode(true).setEncoding('latin1');
// What Node.js has for standard output waits in the middle of everything for a terminal that nobody reads.
const output = createWriteStream('', { fd: 1, autoClose: false });
process.on('SIGHUP', () => process.stdin.destroy(new Error('the terminal is gone')));
// A write that waits for a terminal which nobody reads would be waited for at an orderly exit.
const abandon = () => process.kill(process.pid, 'SIGKILL');

try {
  const run = (args: readonly string[], streams: AnsweringStreams) => carryOut(args, { ...streams, abandon });
  await answerInTerminal({ input: process.stdin, output, run });
  process.exit(0);
} catch {
  abandon();
}
