import { Findings, some, type Finding } from './finding.js';

/**
 * Are the values there that Terraform takes from the environment? It would ask for them, or write nothing.
 *
 * @param users by variable, who needs it
 */
export function checkVariables(
  users: ReadonlyMap<string, readonly string[]>,
  env: Readonly<Record<string, string | undefined>>,
): readonly Finding[] {
  const findings = new Findings('variables');
  for (const [variable, who] of users) {
    const name = `TF_VAR_${variable}`;
    const value = env[name];
    if (value === undefined || value === '') {
      findings.problem(
        `${name} is ${value === undefined ? 'not set' : 'empty'}: set it to the secret value that ${some(who)} ${who.length === 1 ? 'needs' : 'need'}, at plan and at apply`,
      );
    }
  }
  return findings.list;
}
