import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { isRunning } from '../../support/processes.js';

const PREFIX = 'copilot-runtimes-azure-';

/** A folder whose name says which process it belongs to. Those of processes that were killed are removed. */
export function makeFolder(): string {
  for (const name of readdirSync(os.tmpdir())) {
    const [, pid] = new RegExp(`^${PREFIX}(\\d+)-`).exec(name) ?? [];
    if (pid !== undefined && !isRunning(Number(pid)))
      rmSync(path.join(os.tmpdir(), name), { recursive: true, force: true });
  }
  return mkdtempSync(path.join(os.tmpdir(), `${PREFIX}${process.pid}-`));
}
