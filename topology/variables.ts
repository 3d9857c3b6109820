import type { Plan } from './plan.js';

/** Ephemeral Terraform variables that a deploy of the plan takes secrets from, with who needs each. */
export function ephemeralVariables(plan: Plan): ReadonlyMap<string, readonly string[]> {
  const users = new Map<string, string[]>();
  const add = (variable: string | undefined, user: string) => {
    if (variable !== undefined) users.set(variable, [...(users.get(variable) ?? []), user]);
  };
  for (const { id, state, githubToken, provider } of plan.runtimes) {
    if (state === 'retired') continue;
    add(githubToken?.variable, id);
    add(provider?.apiKey?.variable, id);
  }
  add(plan.gateway?.lock?.password?.variable, 'the gateway');
  return users;
}
