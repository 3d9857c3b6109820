import { TOKEN_SECONDS, type Directory, type Principal } from './directory.js';
import type { Answer, AzureRequest } from './exchange.js';

const PATH = /^\/metadata\/identity\/oauth2\/token\/?$/;

/**
 * The instance metadata service of one container group, as far as identities go: a token for each identity that the
 * group has, and for no other.
 */
export function answerIdentity(
  request: AzureRequest,
  directory: Directory,
  identities: readonly Principal[],
): Answer {
  if (request.headers.metadata !== 'true') return refusal('Required metadata header not specified');
  if (request.method !== 'GET' || !PATH.test(request.path))
    return { status: 404, body: { error: 'not_found' } };
  const resource = request.query.get('resource');
  if (!resource) return refusal("Required audience parameter 'resource' not specified");
  const identity = pick(request.query, identities);
  if (typeof identity === 'string') return refusal(identity);
  return {
    status: 200,
    body: {
      access_token: directory.issue(identity, resource),
      client_id: identity.clientId,
      expires_in: String(TOKEN_SECONDS),
      expires_on: String(Math.floor(Date.now() / 1000) + TOKEN_SECONDS),
      resource,
      token_type: 'Bearer',
    },
  };
}

function pick(query: URLSearchParams, identities: readonly Principal[]): Principal | string {
  const [clientId, resourceId] = [query.get('client_id'), query.get('msi_res_id') ?? query.get('mi_res_id')];
  if (!clientId && !resourceId && identities.length > 1)
    return 'Multiple user assigned identities exist, please specify the clientId / resourceId of the identity in the token request';
  const found = identities.find(
    (one) =>
      (!clientId || one.clientId === clientId) &&
      (!resourceId || one.resourceId?.toLowerCase() === resourceId.toLowerCase()),
  );
  return found ?? 'Identity not found';
}

const refusal = (description: string): Answer => ({
  status: 400,
  body: { error: 'invalid_request', error_description: description },
});
