import { AzureError, jsonBody, type Answer, type AuthenticatedRequest } from '../exchange.js';
import type { Roles } from '../roles.js';

import type { SecretChange, Secrets, SecretVersion } from './secrets.js';

/** A Key Vault with role-based access. */
export interface Vault {
  readonly name: string;
  /** Resource id. */
  readonly id: string;
  readonly secrets: Secrets;
  /** Purging is refused. */
  purgeProtected: boolean;
}

export const VAULT_AUDIENCE = 'https://vault.azure.net';

/** The 401 that tells a client where to get which token. */
export function challenge(tenantId: string): AzureError {
  return new AzureError(401, 'Unauthorized', 'AKV10000: Request is missing a Bearer or PoP token.', {
    headers: {
      'WWW-Authenticate': `Bearer authorization="https://login.microsoftonline.com/${tenantId}", resource="${VAULT_AUDIENCE}"`,
    },
  });
}

/** Secrets of a vault over its data plane. */
export function answerVault(request: AuthenticatedRequest, vault: Vault, roles: Roles): Answer {
  const [collection, name, third] = request.path.split('/').filter(Boolean);
  if (collection === 'certificates') throw new AzureError(404, 'ContactsNotFound', 'Contacts not found');
  const { secrets } = vault;
  const found = (version: SecretVersion | undefined, extra: object = {}): Answer => {
    if (!version) throw notFound(name!);
    return { status: 200, body: { ...bundle(vault, name!, version), ...extra } };
  };
  const deleted = { recoveryId: `https://${vault.name}.vault.azure.net/deletedsecrets/${name}` };
  const may = (action: string) => authorise(request, vault, name, action, roles);

  switch (`${request.method} ${collection}${name ? '/name' : ''}${third ? `/${thirdKind(third)}` : ''}`) {
    case 'GET secrets':
      may('readMetadata/action');
      return { status: 200, body: { value: [...secrets.live].map(([one, all]) => item(vault, one, all)) } };
    case 'GET secrets/name':
    case 'GET secrets/name/version': {
      may('getSecret/action');
      const version = secrets.get(name!, third);
      if (version && !version.attributes.enabled)
        throw new AzureError(403, 'Forbidden', 'Operation get is not allowed on a disabled secret.', {
          innererror: { code: 'SecretDisabled' },
        });
      return found(version);
    }
    case 'GET secrets/name/versions': {
      may('readMetadata/action');
      const versions = secrets.live.get(name!) ?? [];
      return { status: 200, body: { value: versions.map((one) => item(vault, name!, [one])) } };
    }
    case 'PUT secrets/name': {
      may('setSecret/action');
      if (secrets.deleted.has(name!))
        throw new AzureError(
          409,
          'Conflict',
          `Secret ${name} is currently in a deleted but recoverable state, and its name cannot be reused; in this state, the secret can only be recovered or purged.`,
          { innererror: { code: 'ObjectIsDeletedButRecoverable' } },
        );
      const { value, ...change } = jsonBody(request) as SecretChange;
      if (typeof value !== 'string') throw new AzureError(400, 'BadParameter', 'Property value is required.');
      return found(secrets.set(name!, { ...change, value }));
    }
    case 'PATCH secrets/name':
    case 'PATCH secrets/name/version':
      may('update/action');
      return found(secrets.update(name!, third, jsonBody(request) as SecretChange));
    case 'DELETE secrets/name':
      may('delete');
      return found(secrets.delete(name!), deleted);
    case 'GET deletedsecrets/name':
      may('readMetadata/action');
      return found(secrets.deleted.get(name!)?.at(-1), deleted);
    case 'DELETE deletedsecrets/name':
      may('purge/action');
      if (vault.purgeProtected)
        throw new AzureError(
          403,
          'Forbidden',
          'Operation "purge" is not allowed because purge protection is enabled.',
        );
      if (!secrets.purge(name!)) throw notFound(name!);
      return { status: 204 };
    case 'POST deletedsecrets/name/recover':
      may('recover/action');
      return found(secrets.recover(name!));
    default:
      throw new AzureError(
        404,
        'NotFound',
        `${request.method} ${request.path} is not in the stand-in's vault`,
      );
  }
}

function authorise(
  { principal }: AuthenticatedRequest,
  vault: Vault,
  name: string | undefined,
  action: string,
  roles: Roles,
): void {
  const resource = name ? `${vault.id}/secrets/${name}` : vault.id;
  const full = `Microsoft.KeyVault/vaults/secrets/${action}`;
  if (roles.allowsData(principal, full, resource)) return;
  throw new AzureError(
    403,
    'Forbidden',
    [
      'Caller is not authorized to perform action on resource.',
      'If role assignments, deny assignments or role definitions were changed recently, please observe propagation time.',
      `Caller: appid=${principal.clientId};oid=${principal.objectId}`,
      `Action: '${full}'`,
      `Resource: '${resource}'`,
      'Assignment: (not found)',
      `Vault: ${vault.name};location=westeurope`,
    ].join('\r\n'),
    { innererror: { code: 'ForbiddenByRbac' } },
  );
}

const thirdKind = (third: string) => (third === 'versions' || third === 'recover' ? third : 'version');

const notFound = (name: string) =>
  new AzureError(
    404,
    'SecretNotFound',
    `A secret with (name/id) ${name} was not found in this key vault. If you recently deleted this secret you may be able to recover it using the correct recovery command.`,
  );

const secretId = (vault: Vault, name: string, version?: string) =>
  `https://${vault.name}.vault.azure.net/secrets/${name}${version ? `/${version}` : ''}`;

function bundle(vault: Vault, name: string, { version, ...rest }: SecretVersion) {
  return { ...rest, id: secretId(vault, name, version), attributes: attributesOf(vault, rest.attributes) };
}

function item(vault: Vault, name: string, versions: readonly SecretVersion[]) {
  const { value: _, version: __, attributes, ...rest } = versions.at(-1)!;
  return { ...rest, id: secretId(vault, name), attributes: attributesOf(vault, attributes) };
}

function attributesOf({ purgeProtected }: Vault, attributes: SecretVersion['attributes']) {
  return {
    ...attributes,
    recoveryLevel: purgeProtected ? 'Recoverable' : 'Recoverable+Purgeable',
    recoverableDays: 90,
  };
}
