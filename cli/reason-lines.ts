import type { Reason } from '../diagnosis/index.js';

import { colors } from './output.js';

/** Why a runtime is not as planned, and what to do. */
export function reasonLines(reasons: readonly Reason[]): string[] {
  return reasons.flatMap(({ code, message, advice }) => [
    `  ${message} [${code}]`,
    `  ${colors.dim(`→ ${advice}`)}`,
  ]);
}

/** What came of the rollout of one runtime. */
export function outcomeLines({
  runtime,
  reasons,
}: {
  readonly runtime: string;
  readonly reasons: readonly Reason[];
}): string[] {
  if (reasons.length === 0) return [`${colors.green('ok')} ${runtime}`];
  return [`${colors.red('failed')} ${runtime}`, ...reasonLines(reasons)];
}
