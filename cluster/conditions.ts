import type { Condition } from '../diagnosis/index.js';

interface ApiCondition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

/** Conditions as the API has them, which says True, False and Unknown; unknown is not true. */
export function conditions(from: readonly ApiCondition[] | undefined): Condition[] {
  return (from ?? []).map(({ type, status, reason, message }) => ({
    type,
    status: status === 'True',
    ...(reason !== undefined && { reason }),
    ...(message !== undefined && { message }),
  }));
}
