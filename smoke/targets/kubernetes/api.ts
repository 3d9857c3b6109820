import { ApiException } from '@kubernetes/client-node';

import { TargetError } from '../target.js';

/** Status of an answer of the API server; undefined for whatever else went wrong. */
export function statusOf(error: unknown): number | undefined {
  return error instanceof ApiException ? error.code : undefined;
}

/**
 * Waits for an answer of the API server.
 *
 * @param what is asked for, as it stands in the error: `Secret runtime-connection-token in prod-pool`
 * @throws {TargetError} that says what to do
 */
export async function asked<T>(what: string, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw new TargetError(`cannot read ${what}: ${explain(error)}`, { cause: error });
  }
}

/** What to do about an answer that is none. */
const HINTS: Readonly<Record<number, string>> = {
  401: 'the cluster does not know these credentials (401): log in again, or name another kubeconfig',
  403: 'these credentials may not (403): list them under kubernetes.smokeIdentity and deploy, or use others',
  404: 'it is not there (404): deploy the topology, and see that kubeconfig and context name its cluster',
};

function explain(error: unknown): string {
  return HINTS[statusOf(error) ?? 0] ?? `${messageOf(error)}: see that the API server can be reached`;
}

/** The client library wraps the reason of a failed connection, and calls everything else a HTTP code. */
export function messageOf(error: unknown): string {
  if (error instanceof ApiException) {
    const { body } = error as ApiException<unknown>;
    const said = /"message":"((?:[^"\\]|\\.)*)"/.exec(typeof body === 'string' ? body : JSON.stringify(body));
    return said?.[1] ?? `HTTP ${error.code}`;
  }
  if (!(error instanceof Error)) return String(error);
  return error.message || String((error as NodeJS.ErrnoException).code ?? error.name);
}
