import os from 'node:os';

import { format } from 'prettier';

import { CONTAINER_MIB, growthOf, MOST_GROWTH, mostOf } from './growth.js';
import type { Ledger } from './ledger.js';
import type { Part, Role } from './vitals.js';

/** What a run comes to. */
export interface Outcome {
  readonly minutes: number;
  /** Tenants whose runtimes are struck. */
  readonly struck: number;
  /** Those who are left in peace, on a deployment named `spared`. */
  readonly spared: number;
  readonly seed: number;
  readonly ledger: Ledger;
  readonly parts: readonly Part[];
  /** Sessions that were resumed at the end. */
  readonly resumed: number;
  /** What must not be. */
  readonly wrong: readonly string[];
}

const ROLES = ['host', 'runtime', 'gateway'] as const;

const WHAT: Readonly<Record<string, string>> = {
  drain: 'A host was asked to stop in mid-turn',
  'kill-gateway': 'A gateway was killed',
  'kill-host': 'A host was killed',
  'kill-runtime': 'A runtime was killed',
  nothing: 'Nothing that is known',
  replace: 'A host replaced its runtime, which had 75 % of its memory',
  rotate: 'Every token was changed, by a new `up`',
};

/** A run as a page in Markdown. */
export async function report(outcome: Outcome): Promise<string> {
  const { minutes, struck, spared, seed, ledger, parts, resumed, wrong } = outcome;
  const answered = [...ledger.answers.values()].flatMap((own) => [...own.values()]);
  const text = `# A soak of ${minutes} minutes

Written by \`npm run soak -- --minutes ${minutes} --tenants ${struck + spared} --seed ${seed} --report docs/soak.md\`, on
${os.availableParallelism()} cores. ${wrong.length === 0 ? 'Nothing was wrong.' : `${wrong.length} things were wrong:`}

${wrong.map((line) => `- ${line}`).join('\n')}

| What | |
| --- | --- |
| Tenants | ${struck} on a deployment that bad things happen to, ${spared} on one that is left in peace; of each, half in a pool of two replicas |
| Turns that came to an answer | ${ledger.turns} |
| Sessions, each resumed at the end | ${resumed} |
| Answers looked for in their histories | ${answered.reduce((sum, answers) => sum + answers.length, 0)} |
| Turns that failed | ${ledger.failures.length} |
| Processes seen | ${ROLES.map((role) => `${processes(parts, role)} ${role}s`).join(', ')} |

## What happened to them

| What | Times | Turns that failed by it |
| --- | --- | --- |
${blows(ledger)}

## Memory and open files

Looked at every few seconds: the median of the second quarter of the run against that of the last, on the deployment that
is left in peace. A host may grow by ${bounds('host')}, a gateway by ${bounds('gateway')}, a runtime by
${bounds('runtime')}, on either deployment.

| Process | MiB, second quarter | last quarter | Open files, second quarter | last quarter |
| --- | --- | --- | --- | --- |
${growth(parts)}

The most that any ever had, on either deployment; a runtime and its host have ${CONTAINER_MIB} MiB between them:

| Kind | MiB | Open files |
| --- | --- | --- |
${ROLES.map((role) => `| ${role} | ${most(parts, role, 'memoryMiB')} | ${most(parts, role, 'openFiles')} |`).join('\n')}
`;
  return format(text, { parser: 'markdown', printWidth: 120 });
}

function blows(ledger: Ledger): string {
  const causes = ledger.failures.map((failure) => ledger.causeOf(failure)?.kind ?? 'nothing');
  const kinds = ledger.blows.map(({ kind }) => kind);
  return [...new Set([...kinds, ...causes])]
    .sort()
    .map((kind) => [WHAT[kind] ?? kind, count(kinds, kind), count(causes, kind)])
    .map((row) => `| ${row.join(' | ')} |`)
    .join('\n');
}

function growth(parts: readonly Part[]): string {
  return growthOf(parts.filter(({ name }) => name.startsWith('spared/')))
    .map(({ part, before, after }) => [
      `${part.role} of \`${part.name}\``,
      ...[before.memoryMiB, after.memoryMiB, before.openFiles, after.openFiles],
    ])
    .map((row) => `| ${row.join(' | ')} |`)
    .join('\n');
}

const count = (all: readonly string[], one: string) => all.filter((each) => each === one).length;

const processes = (parts: readonly Part[], role: Role) =>
  parts.filter((part) => part.role === role).reduce((sum, { pids }) => sum + pids.size, 0);

const bounds = (role: Role) =>
  `${MOST_GROWTH[role].memoryMiB} MiB and ${MOST_GROWTH[role].openFiles} open files`;

const most = (parts: readonly Part[], role: Role, figure: 'memoryMiB' | 'openFiles') =>
  mostOf(
    parts.filter((part) => part.role === role),
    figure,
  );
