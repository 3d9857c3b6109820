import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SECRET_FILES } from '../../topology/host-contract.js';
import { codeOf } from './failure.js';

/** The secrets of one runtime. */
export interface Secrets {
  readonly connectionToken: string;
  /** @default - the runtime process has no GitHub identity of its own */
  readonly githubToken?: string;
}

/** Below this a token can be guessed, and a guessed one is root on the runtime. */
const MIN_TOKEN_LENGTH = 32;

const MAKE_ONE = 'write one with: openssl rand -hex 32';

/** Reads the secret files and appends what is wrong with them to `mistakes`. No message contains a value. */
export function readSecrets(directory: string, mistakes: string[]): Secrets {
  const path = join(directory, SECRET_FILES.connectionToken);
  const connectionToken = readSecret(path, mistakes);
  if (connectionToken === undefined) {
    mistakes.push(`the connection token file ${path} does not exist: ${MAKE_ONE}`);
  } else if (connectionToken === '') {
    mistakes.push(
      `the connection token file ${path} is empty, and a runtime without a token is open to everyone: ${MAKE_ONE}`,
    );
  } else if (connectionToken !== null && connectionToken.length < MIN_TOKEN_LENGTH) {
    mistakes.push(
      `the connection token in ${path} must have at least ${MIN_TOKEN_LENGTH} characters, ` +
        `got ${connectionToken.length}: ${MAKE_ONE}`,
    );
  }
  const githubToken = readSecret(join(directory, SECRET_FILES.githubToken), mistakes);
  return { connectionToken: connectionToken ?? '', githubToken: githubToken || undefined };
}

/** The trimmed text of a file, undefined if there is none, null if it is a mistake, which has then been reported. */
function readSecret(path: string, mistakes: string[]): string | undefined | null {
  let value: string;
  try {
    value = readFileSync(path, 'utf8').trim();
  } catch (error) {
    const code = codeOf(error) ?? 'unknown error';
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    mistakes.push(
      `the secret file ${path} cannot be read (${code}): make it readable for uid ${process.getuid?.()}`,
    );
    return null;
  }
  if (!/^[\x21-\x7e]*$/.test(value)) {
    mistakes.push(
      `the secret file ${path} must hold one line of printable ASCII without spaces: write random bytes as hex or base64`,
    );
    return null;
  }
  return value;
}
