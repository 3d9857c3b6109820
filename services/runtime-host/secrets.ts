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
  } else if (connectionToken !== null) {
    checkConnectionToken(connectionToken, `the connection token file ${path}`, mistakes);
  }
  const githubToken = readSecret(join(directory, SECRET_FILES.githubToken), mistakes);
  return { connectionToken: connectionToken ?? '', githubToken: githubToken || undefined };
}

/** Appends to `mistakes` what is wrong with a connection token that was found. */
export function checkConnectionToken(token: string, where: string, mistakes: string[]): void {
  if (token === '') {
    mistakes.push(`${where} is empty, and a runtime without a token is open to everyone: ${MAKE_ONE}`);
  } else if (token.length < MIN_TOKEN_LENGTH) {
    mistakes.push(
      `${where} must have at least ${MIN_TOKEN_LENGTH} characters, got ${token.length}: ${MAKE_ONE}`,
    );
  }
}

/** The trimmed text of a file, undefined if there is none, null if it is a mistake, which has then been reported. */
function readSecret(path: string, mistakes: string[]): string | undefined | null {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const code = codeOf(error) ?? 'unknown error';
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    mistakes.push(
      `the secret file ${path} cannot be read (${code}): make it readable for uid ${process.getuid?.()}`,
    );
    return null;
  }
  return oneLine(text, `the secret file ${path}`, mistakes);
}

/** A secret without the space around it; null, and a mistake, when what is left is more than one line of ASCII. */
export function oneLine(text: string, where: string, mistakes: string[]): string | null {
  const value = text.trim();
  if (/^[\x21-\x7e]*$/.test(value)) return value;
  mistakes.push(
    `${where} must hold one line of printable ASCII without spaces: write random bytes as hex or base64`,
  );
  return null;
}
