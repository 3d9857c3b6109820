import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { afterEach } from '@jest/globals';

const cleanups: (() => unknown)[] = [];

/** Runs this after the test, whatever came of it; the last one first. */
export function afterTest(cleanup: () => unknown): void {
  cleanups.push(cleanup);
}

/** A directory that goes with the test. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'copilot-runtimes-test-'));
  afterTest(() => rmSync(directory, { recursive: true, force: true, maxRetries: 5 }));
  return directory;
}

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});
