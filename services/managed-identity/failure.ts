import { isRestError, type RestError } from '@azure/core-rest-pipeline';

/** What is missing for a call to Azure to succeed. */
export type Missing = 'identity' | 'role' | 'secret' | 'record' | 'network' | 'service';

/** A call to Azure that failed. The message says what is missing and what to do, and never holds what Azure said. */
export class AzureFailure extends Error {
  override readonly name = 'AzureFailure';

  constructor(
    readonly missing: Missing,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Codes of certificates that nobody here vouches for. */
const UNTRUSTED = /CERT|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)/;

/**
 * A failure that does not depend on what was asked: no way to the service, or the service itself.
 *
 * @param whatFor for the message, such as `the key vault acme.vault.azure.net`
 * @returns undefined for an answer that only the caller can read
 */
export function failureOnTheWay(error: unknown, whatFor: string): AzureFailure | undefined {
  // The identity's own failure passes through every policy of the SDK as it is.
  if (error instanceof AzureFailure) return error;
  const fail = (missing: Missing, why: string) =>
    new AzureFailure(missing, `${whatFor} ${why}`, { cause: error });
  if (error instanceof Error && error.name === 'AbortError') {
    return fail('network', `does not answer: see that the subnet may connect to it on port 443`);
  }
  if (!isRestError(error)) return undefined;
  const { statusCode, code } = error;
  if (statusCode === undefined) {
    if (UNTRUSTED.test(code ?? '')) {
      return fail(
        'network',
        `shows a certificate that is not trusted (${code}): set caBundle of the topology to the authority of the proxy in between`,
      );
    }
    return fail(
      'network',
      `cannot be reached (${code ?? 'no answer'}): see that the name exists, and that the subnet may connect to it on port 443`,
    );
  }
  if (statusCode === 401) {
    return fail('identity', `does not take the identity's token (401): see that both are of one directory`);
  }
  if (statusCode === 407) {
    return fail('network', 'is behind a proxy that wants a user (407): see the proxy of the topology');
  }
  if (statusCode === 429 || statusCode >= 500) {
    return fail(
      'service',
      `answers with status ${statusCode}: ${statusCode === 429 ? 'too much is asked of it' : 'wait, or look at the status of Azure'}`,
    );
  }
  return undefined;
}

/** Any other answer, by its status alone, since its text may hold anything. */
export function unexpected(error: unknown, whatFor: string): AzureFailure {
  const { statusCode, name } = error as Partial<RestError>;
  const what = statusCode === undefined ? (name ?? 'an unknown error') : `status ${statusCode}`;
  return new AzureFailure('service', `${whatFor} failed unexpectedly with ${what}`, { cause: error });
}
