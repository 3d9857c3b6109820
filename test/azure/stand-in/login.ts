import { TOKEN_SECONDS, type Directory, type Principal } from './directory.js';
import type { Answer, AzureRequest } from './exchange.js';

export const LOGIN_HOST = 'login.microsoftonline.com';

/** Microsoft's sign-in: discovery documents and tokens for client secrets and federated assertions. */
export function answerLogin(request: AzureRequest, directory: Directory): Answer {
  const { path } = request;
  if (path.endsWith('/discovery/instance')) return { status: 200, body: discovery(directory) };
  if (path.endsWith('/.well-known/openid-configuration'))
    return { status: 200, body: configuration(directory) };
  if (request.method === 'POST' && /\/oauth2(\/v2\.0)?\/token$/.test(path)) return token(request, directory);
  return { status: 404, body: { error: 'not_found', error_description: `nothing at ${path}` } };
}

function discovery({ tenantId }: Directory) {
  const aliases = [LOGIN_HOST, 'login.windows.net', 'login.microsoft.com', 'sts.windows.net'];
  return {
    tenant_discovery_endpoint: `https://${LOGIN_HOST}/${tenantId}/v2.0/.well-known/openid-configuration`,
    'api-version': '1.1',
    metadata: [{ preferred_network: LOGIN_HOST, preferred_cache: 'login.windows.net', aliases }],
  };
}

function configuration({ tenantId }: Directory) {
  const base = `https://${LOGIN_HOST}/${tenantId}`;
  return {
    token_endpoint: `${base}/oauth2/v2.0/token`,
    authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
    end_session_endpoint: `${base}/oauth2/v2.0/logout`,
    jwks_uri: `${base}/discovery/v2.0/keys`,
    issuer: `${base}/v2.0`,
  };
}

function token(request: AzureRequest, directory: Directory): Answer {
  const form = new URLSearchParams(request.text);
  const principal = signIn(form, directory);
  if (!principal)
    return {
      status: 401,
      body: {
        error: 'invalid_client',
        error_description: 'AADSTS7000215: Invalid client secret provided.',
        error_codes: [7000215],
      },
    };
  const audience =
    form.get('resource') ?? (form.get('scope') ?? '').split(' ')[0]!.replace(/\/\.default$/, '');
  return {
    status: 200,
    body: {
      token_type: 'Bearer',
      expires_in: TOKEN_SECONDS,
      ext_expires_in: TOKEN_SECONDS,
      access_token: directory.issue(principal, audience),
    },
  };
}

function signIn(form: URLSearchParams, directory: Directory): Principal | undefined {
  const clientId = form.get('client_id') ?? '';
  return form.get('client_assertion')
    ? directory.applicationOf(clientId)
    : directory.signIn(clientId, form.get('client_secret') ?? '');
}
