import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';

import { it } from '@jest/globals';

const DIRECTORY = path.resolve('.cache/judges');

export const KUBECONFORM = path.join(DIRECTORY, 'bin/kubeconform');
export const KUBE_SCORE = path.join(DIRECTORY, 'bin/kube-score');
export const CHECKOV = path.join(DIRECTORY, 'venv/bin/checkov');
export const SCHEMAS = path.join(DIRECTORY, 'schemas');

/** Whether `install.sh`, as it is now, has come to its end here. */
export const judgesAreInstalled = stamp() === wanted();

/** A test that needs the judges: without them it is skipped, and says why, since `npm test` needs nothing but Node. */
export function judgedTest(title: string, test: () => Promise<void>): void {
  const run = judgesAreInstalled ? it : it.skip;
  const why = judgesAreInstalled ? '' : ' (skipped: no judges here, run test/judges/install.sh)';
  run(`${title}${why}`, test, 180_000);
}

function stamp(): string | undefined {
  try {
    return readFileSync(path.join(DIRECTORY, 'installed'), 'utf8').trim();
  } catch {
    return undefined;
  }
}

function wanted(): string {
  const hash = createHash('sha256');
  for (const file of ['install.sh', 'kubernetes-schemas.mjs'])
    hash.update(readFileSync(`test/judges/${file}`));
  return hash.digest('hex');
}
