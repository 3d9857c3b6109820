import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A release before the one that is installed, whose runtime speaks the same protocol. */
export const OLDER_VERSION = '1.0.13';

/** 44 MB the first time, and npm's cache from then on, in milliseconds. */
const FETCH_MS = 20_000;

/** An older runtime in a folder of its own. */
export interface OlderRuntime {
  readonly binary: string;
  remove(): void;
}

/** Fetches the native runtime of {@link OLDER_VERSION} with npm, or tells why there is none. */
export async function olderRuntime(): Promise<OlderRuntime | string> {
  const platform = `${process.platform}-${process.arch}`;
  const folder = mkdtempSync(path.join(tmpdir(), 'older-runtime-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    const archive = `@github/copilot-sdk-${platform}@${OLDER_VERSION}`;
    const patience = ['--prefer-offline', '--fetch-retries=0', '--fetch-timeout=10000'];
    const options = { cwd: folder, timeout: FETCH_MS };
    const { stdout } = await run('npm', ['pack', archive, '--silent', ...patience], options);
    const binary = path.join('package/prebuilds', platform, 'copilot-runtime');
    await run('tar', ['-xzf', stdout.trim()], options);
    return { binary: path.join(folder, binary), remove };
  } catch (error) {
    remove();
    const [why] = (error as Error).message.split('\n');
    return `no older runtime: ${why}`;
  }
}
