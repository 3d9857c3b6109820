import {
  closeSync,
  existsSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { codeOf, messageOf, StartFailure } from './failure.js';

const HINTS: Readonly<Record<string, string>> = {
  EACCES: `make it writable for uid ${process.getuid?.()}`,
  EPERM: `make it writable for uid ${process.getuid?.()}`,
  EROFS: 'mount a writable volume there',
  ENOSPC: 'free space on the volume or enlarge it',
  EDQUOT: 'free space on the volume or raise its quota',
  ENOTDIR: 'a part of the path is a file: remove it or choose another path',
  ENOENT: 'it is gone: mount its volume again, or restore it',
  ESTALE: 'its server has lost it: mount the volume again',
  ENOTCONN: 'its server is gone: mount the volume again',
  EIO: 'the disk below it fails: look at the volume',
  EEXIST: 'it is a file: remove it or choose another path',
};

/**
 * Creates the home, readable by its owner only, and proves it by writing: the native runtime starts on a home that
 * it cannot write, and the CLI dies there without a message.
 *
 * @param sessions directory that the home's sessions lie in, where they are shared
 * @throws StartFailure when one of them cannot be written, or sessions of the home's own would be hidden
 */
export function prepareHome(home: string, sessions?: string): void {
  proveWritable(home);
  if (sessions === undefined) return;
  proveWritable(sessions);
  shareSessions(home, sessions);
}

function proveWritable(home: string): void {
  const probe = join(home, `.copilot-runtimes-probe-${process.pid}`);
  try {
    makeFolder(home);
    const file = openSync(probe, 'w', 0o600);
    try {
      writeSync(file, 'written by the runtime host to prove that it can\n');
      // A full disk shows only when the bytes really go there.
      fsyncSync(file);
    } finally {
      closeSync(file);
      rmSync(probe, { force: true });
    }
  } catch (error) {
    throw new StartFailure(describeHomeError(home, error));
  }
}

/** Makes the home's sessions those of all: a link, so that all else in the home stays its own. */
function shareSessions(home: string, sessions: string): void {
  const own = join(home, 'session-state');
  const found = lstatSync(own, { throwIfNoEntry: false });
  if (!found) {
    symlinkSync(sessions, own);
    return;
  }
  const there = found.isSymbolicLink() ? readlinkSync(own) : 'a folder of its own';
  if (there === sessions) return;
  throw new StartFailure(
    `${own} must lead to the shared sessions in ${sessions}, got ${there}: move what is in it there, and remove it`,
  );
}

/** Creates a folder and those above it. Node's own recursive mkdir does not return from some file systems. */
function makeFolder(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    const parent = dirname(path);
    if (codeOf(error) === 'EEXIST' && statSync(path).isDirectory()) return;
    if (codeOf(error) !== 'ENOENT' || existsSync(parent)) throw error;
    makeFolder(parent);
    mkdirSync(path, { mode: 0o700 });
  }
}

/** A home's error as a sentence with what to do about it. */
export function describeHomeError(home: string, error: unknown): string {
  const code = codeOf(error) ?? homeErrorCode(error) ?? messageOf(error);
  const hint = HINTS[code];
  return `the home ${home} cannot be written: ${code}${hint ? `: ${hint}` : ''}`;
}

/** The system error in what a runtime answered, such as `ENOSPC: No space left on device (os error 28)`. */
export function homeErrorCode(error: unknown): string | undefined {
  return /\b(EACCES|EPERM|EROFS|ENOSPC|EDQUOT|ENOTDIR|EISDIR|EEXIST|EIO|ESTALE|ENOTCONN|EMFILE|ENFILE)\b/.exec(
    messageOf(error),
  )?.[1];
}
