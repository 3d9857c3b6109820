import pLimit from 'p-limit';

import { Findings, some } from '../../diagnosis/index.js';
import { API_VERSIONS } from '../api-versions.js';

import type { PreflightCheck, PreflightContext } from './context.js';

/** Are the secrets there that somebody else owns? A host would wait for one that is missing, and give up. */
export const checkSecrets: PreflightCheck = async (context) => {
  const { arm, azure } = context;
  const findings = new Findings('secrets');
  const limit = pLimit(8);
  await Promise.all(
    [...existingSecrets(context)].map(([name, users]) =>
      limit(async () => {
        const found = await arm.find<{ properties?: { attributes?: { enabled?: boolean } } }>(
          `${azure.keyVault.id}/secrets/${name}`,
          { apiVersion: API_VERSIONS.keyVault },
        );
        if (found?.properties?.attributes?.enabled ?? found !== undefined) return;
        findings.problem(
          `the secret ${name} is ${found ? 'disabled' : 'not in the vault'}, and ${some(users)} ${users.length === 1 ? 'needs' : 'need'} it: ${found ? 'enable' : 'create'} it, or correct existingSecret.name`,
        );
      }),
    ),
  );
  return findings.list;
};

/** Names in the vault, with who needs each. */
function existingSecrets({ plan }: PreflightContext): ReadonlyMap<string, readonly string[]> {
  const users = new Map<string, string[]>();
  const add = (name: string | undefined, user: string) => {
    if (name !== undefined) users.set(name, [...(users.get(name) ?? []), user]);
  };
  for (const { id, state, githubToken, provider } of plan.runtimes) {
    if (state === 'retired') continue;
    add(githubToken?.existingSecret?.name, id);
    add(provider?.apiKey?.existingSecret?.name, id);
  }
  add(plan.gateway?.lock?.password?.existingSecret?.name, 'the gateway');
  return users;
}
