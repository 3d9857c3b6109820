import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { afterAll } from '@jest/globals';

/** A directory that is there until the last test of the file. */
export function lasting(): string {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'copilot-runtimes-terraform-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/**
 * A directory in which Terraform has the providers, or why it has not.
 *
 * @param required block `required_providers` of a stack
 * @param what is not found, such as `no providers`
 */
export function terraformWith(required: unknown, what: string): { directory?: string; reason: string } {
  const directory = lasting();
  writeFileSync(
    path.join(directory, 'cdk.tf.json'),
    JSON.stringify({ terraform: { required_providers: required } }),
  );
  try {
    execFileSync('terraform', ['init', '-input=false', '-no-color'], {
      cwd: directory,
      timeout: 20_000,
      stdio: 'pipe',
      env: { ...process.env, CHECKPOINT_DISABLE: '1' },
    });
    return { directory, reason: 'terraform has the providers' };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return { reason: code === 'ENOENT' ? 'skipped: no terraform' : `skipped: terraform init finds ${what}` };
  }
}
