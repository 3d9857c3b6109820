import { GATEWAY_CODE } from '../gateway-codes.js';
import type { Answer } from '../raw-connection.js';

/** What came instead of a refusal by the gateway; undefined when it refused. */
export function notForbidden(answer: Answer): string | undefined {
  if ('result' in answer) return 'it was answered';
  const { code, message } = answer.error;
  return code === GATEWAY_CODE.forbidden ? undefined : `it got as far as "${message.slice(0, 120)}"`;
}
