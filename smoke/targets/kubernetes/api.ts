import { describeApiError, inTime, statusOf } from '../../../cluster/api-error.js';
import { TargetError } from '../target-error.js';

/** What to do about an answer that is none. */
const HINTS: Readonly<Record<number, string>> = {
  401: 'the cluster does not know these credentials: log in again, or name another kubeconfig',
  403: 'list who runs the suite under kubernetes.smokeIdentity and deploy, or use other credentials',
  404: 'deploy the topology, and see that kubeconfig and context name its cluster',
};

/**
 * Waits for an answer of the API server.
 *
 * @param what is asked for, as it stands in the error: `Secret runtime-connection-token in prod-pool`
 * @throws {TargetError} that says what to do
 */
export async function asked<T>(what: string, answer: Promise<T>): Promise<T> {
  try {
    return await inTime(answer);
  } catch (error) {
    const hint = HINTS[statusOf(error) ?? 0] ?? 'see that the API server can be reached';
    throw new TargetError(`cannot read ${what} (${describeApiError(error)}): ${hint}`, { cause: error });
  }
}
