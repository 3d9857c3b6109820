import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

import type { AzureStandIn, Principal } from '../../azure/stand-in/index.js';

export const VAULT_URL = 'https://acme.vault.azure.net/';

/** A role on one secret, as the stacks give it. */
export function mayRead(
  azure: AzureStandIn,
  identity: Principal,
  vault: { readonly id: string },
  name: string,
) {
  return azure.roles.assign(identity, 'Key Vault Secrets User', `${vault.id}/secrets/${name}`);
}

/** What came of reading a secret. */
export interface Outcome {
  /** Of the value, when it was read. */
  readonly length?: number;
  readonly missing?: string;
  readonly message?: string;
}

type Env = Readonly<Record<string, string | undefined>>;

/** Reads secrets in a process of its own, with nothing but the environment of a container group. */
export async function readSecrets(
  env: Env,
  secrets: readonly (readonly [url: string, identity: string, name: string, answerMs?: number])[],
): Promise<Outcome[]> {
  const driver = path.resolve('test/services/key-vault/read.mjs');
  return JSON.parse(await run([driver, JSON.stringify(secrets)], env)) as Outcome[];
}

/** Runs a Node.js program to its end. @returns what it printed */
export async function run(args: readonly string[], env: Env): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [...args], {
    env: { PATH: process.env.PATH, ...env },
  });
  return stdout;
}
