import { readFile } from 'node:fs/promises';

import { InputError, type Plan, type Problem, type RuntimeId, type RuntimePlan } from '../topology/index.js';

/** Values of the secrets that a topology names for one runtime. */
export interface GivenSecrets {
  readonly githubToken?: string;
  readonly providerKey?: string;
}

/**
 * Reads the secrets that a plan needs from outside, so that a missing one is found before anything is written.
 *
 * @param source file that the plan is of, for messages
 * @throws {InputError} with every one that is missing
 */
export async function readGivenSecrets(
  plan: Plan,
  env: NodeJS.ProcessEnv = process.env,
  source = plan.name,
): Promise<ReadonlyMap<RuntimeId, GivenSecrets>> {
  const problems: Problem[] = [];
  const given = new Map<RuntimeId, GivenSecrets>();
  for (const { id, state, githubToken, provider } of plan.runtimes) {
    if (state !== 'active') continue;
    const read = async (what: string, from: SecretSource | undefined) => {
      const value = from && (await valueOf(from, env));
      if (typeof value !== 'object') return value;
      problems.push({ path: [], message: `${what} of ${id} ${value.problem}` });
      return undefined;
    };
    const token = await read('githubToken', githubToken);
    const providerKey = await read('provider.apiKey', provider?.apiKey);
    given.set(id, {
      ...(token !== undefined && { githubToken: token }),
      ...(providerKey !== undefined && { providerKey }),
    });
  }
  if (problems.length > 0) throw new InputError(source, problems);
  return given;
}

/**
 * Reads the password of the Redis that keeps the locks of a pool; undefined when there is none.
 *
 * @throws {InputError} when it is named and not there
 */
export async function readRedisPassword(
  plan: Plan,
  env: NodeJS.ProcessEnv = process.env,
  source = plan.name,
): Promise<string | undefined> {
  const password = plan.gateway?.lock?.password;
  const value = password && (await valueOf(password, env));
  if (typeof value !== 'object') return value;
  const path = ['pool', 'lock', 'redis', 'password'];
  throw new InputError(source, [{ path, message: value.problem }]);
}

type SecretSource = NonNullable<RuntimePlan['githubToken']>;

async function valueOf(
  { env: name, file = '' }: SecretSource,
  env: NodeJS.ProcessEnv,
): Promise<string | { readonly problem: string }> {
  if (name !== undefined) {
    const value = env[name]?.trim();
    return value || { problem: `comes from the environment variable ${name}, which is not set: export it` };
  }
  try {
    const value = (await readFile(file, 'utf8')).trim();
    return value || { problem: `comes from the file ${file}, which is empty: write the value into it` };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return { problem: `comes from the file ${file}, which cannot be read (${code}): create it` };
  }
}
