import { isObject } from '../message.js';

import { any, type KeyRule } from './keys.js';

/** An approval for a place, or for good, is kept in the replica's settings and holds for other tenants too. */
const LASTING = /location|permanent/;

const result: KeyRule = (value) =>
  isObject(value) && typeof value.kind === 'string' && !LASTING.test(value.kind)
    ? undefined
    : 'must be an approval for once or for the session, or a refusal';

export const PERMISSION_REPLY: Readonly<Record<string, KeyRule>> = {
  sessionId: any,
  requestId: any,
  result,
};

export const APPROVE_ALL: Readonly<Record<string, KeyRule>> = {
  sessionId: any,
  enabled: (value, policy) =>
    value === false || policy.approveAll ? undefined : 'must be false (policy approveAll)',
};
