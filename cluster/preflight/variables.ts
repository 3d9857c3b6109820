import type { Plan } from '../../topology/index.js';

import { Findings, some, type Finding } from './finding.js';

/** Are the values there that Terraform takes from the environment? It would ask for them, or write nothing. */
export function checkVariables(plan: Plan, env: NodeJS.ProcessEnv): readonly Finding[] {
  const findings = new Findings('variables');
  const users = new Map<string, string[]>();
  for (const { id, state, githubToken, provider } of plan.runtimes) {
    if (state === 'retired') continue;
    for (const variable of [githubToken?.variable, provider?.apiKey?.variable]) {
      if (variable !== undefined) users.set(variable, [...(users.get(variable) ?? []), id]);
    }
  }
  const password = plan.gateway?.lock?.password?.variable;
  if (password !== undefined) users.set(password, [...(users.get(password) ?? []), 'the gateway']);
  for (const [variable, runtimes] of users) {
    const name = `TF_VAR_${variable}`;
    const value = env[name];
    if (value === undefined || value === '') {
      findings.problem(
        `${name} is ${value === undefined ? 'not set' : 'empty'}: set it to the secret value that ${some(runtimes)} ${runtimes.length === 1 ? 'needs' : 'need'}, at plan and at apply`,
      );
    }
  }
  return findings.list;
}
