import { isRestError } from '@azure/core-rest-pipeline';

import { AzureError } from './errors.js';
import { ANSWER_MS } from './http.js';

/** What Azure says in a failed answer, or of a failed operation. */
interface Said {
  readonly code?: string;
  readonly message?: string;
}

/** Longest message of Azure that is repeated. */
const MESSAGE_MAX = 400;

/** What to do, by Azure's own word for it. */
const ADVICE: Readonly<Record<string, string>> = {
  AuthorizationFailed: 'give the identity that deploys the roles of docs/azure.md; a new role takes minutes',
  LinkedAuthorizationFailed:
    'give the identity that deploys the roles of docs/azure.md on that resource too; a new role takes minutes',
  ExpiredAuthenticationToken: 'log in again',
  InvalidAuthenticationTokenTenant: 'log in to the tenant of the subscription',
  MissingSubscriptionRegistration: 'register the provider with "az provider register --namespace …"',
  ResourceGroupNotFound: 'create the resource group, or correct its name in the topology',
  SubscriptionNotFound: 'check azure.subscriptionId, and that the credentials are of its tenant',
};

const ADVICE_BY_STATUS: Readonly<Record<number, string>> = {
  401: 'log in again, or check the variables ARM_…',
  403: 'give the identity that deploys the roles of docs/azure.md; a new role takes minutes',
  429: 'wait a minute, and run it again',
};

/** An answer that refuses, in words. @param what completes "cannot …" */
export function refusal(what: string, status: number, { code, message }: Said): AzureError {
  const said = [code, message && oneLine(message)].filter((word) => word !== undefined && word !== '');
  const advice = (code !== undefined && ADVICE[code]) || ADVICE_BY_STATUS[status];
  // An operation that fails later is told of with 200.
  const words = [...(status < 400 ? [] : [String(status)]), said.join(': ') || 'no reason is given'];
  return new AzureError(`cannot ${what}: ${words.join(' ')}${advice ? ` (${advice})` : ''}`, {
    status,
    ...(code !== undefined && { code }),
  });
}

/** No answer at all, in words: no way there, no trust, no credentials. @param what completes "cannot …" */
export function silence(what: string, error: unknown): AzureError {
  if (error instanceof AzureError) return error;
  return new AzureError(`cannot ${what}: ${whyNot(error)}`, { cause: error });
}

function whyNot(error: unknown): string {
  const { name, message, code } = error as NodeJS.ErrnoException;
  const refused = REFUSED.exec(allMessages(error))?.[0];
  if (refused !== undefined) {
    return `the credentials are refused (${oneLine(refused)}): check the variables ARM_…, or log in again`;
  }
  if (name === 'AbortError')
    return `there is no answer within ${ANSWER_MS / 1000} s: check the network, and HTTPS_PROXY`;
  if (['CredentialUnavailableError', 'AggregateAuthenticationError'].includes(name)) {
    return 'no credentials for Azure were found: set ARM_CLIENT_ID, ARM_TENANT_ID and ARM_CLIENT_SECRET (or ARM_USE_OIDC=true in a CI), or log in with "az login"';
  }
  const text = oneLine(message || code || 'no reason is given');
  if (/certificate|self.signed|altname/i.test(text)) {
    return `its certificate is not trusted (${text}): name the authority of your proxy in NODE_EXTRA_CA_CERTS`;
  }
  if (isRestError(error) || code !== undefined) {
    return `there is no answer (${text}): check the network, and HTTPS_PROXY`;
  }
  return text;
}

/** What Microsoft Entra ID says to credentials that it does not take, without the trace ids that follow. */
const REFUSED = /AADSTS\d+: .*?(?=\.? - | Trace ID|\r|\n|$)/;

/** Of an error, and of the ways to credentials that were tried. */
function allMessages(error: unknown): string {
  const { message, errors = [] } = error as Error & { errors?: readonly Error[] };
  return [message, ...errors.map((one) => one.message)].join('\n');
}

function oneLine(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim().replace(/\.$/, '');
  return line.length > MESSAGE_MAX ? `${line.slice(0, MESSAGE_MAX - 1)}…` : line;
}
