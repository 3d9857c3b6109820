import type { Problem } from '../../problems.js';
import type { SecretSource } from '../../schema/common.js';
import type { Topology } from '../../schema/index.js';
import type { Rule } from '../rule.js';

/** Names that a vault has for its secrets: stricter than those of Kubernetes, which have periods. */
const SECRET_NAME = /^[0-9a-z-]{1,127}$/;

/** Each place that a secret is named in, with its path. */
function sources({ runtime, tenants, pool }: Topology): [string[], SecretSource | undefined][] {
  const auths = [
    [['runtime', 'auth'], runtime.auth] as const,
    ...Object.entries(tenants).map(([id, { auth }]) => [['tenants', id, 'auth'], auth] as const),
  ];
  return [
    ...auths.flatMap(([path, auth]): [string[], SecretSource | undefined][] => [
      [[...path, 'githubToken'], auth?.githubToken],
      [[...path, 'provider', 'apiKey'], auth?.provider?.apiKey],
    ]),
    [['pool', 'lock', 'redis', 'password'], pool?.lock?.redis.password],
  ];
}

export const existingSecrets: Rule = (topology) =>
  sources(topology).flatMap(([path, source]): Problem[] => {
    const existing = source?.existingSecret;
    if (!existing) return [];
    const at = [...path, 'existingSecret'];
    return [
      ...(SECRET_NAME.test(existing.name)
        ? []
        : [
            {
              path: [...at, 'name'],
              message: `must be the name of a secret in azure.keyVaultId (letters, digits and hyphens, at most 127), got "${existing.name}": name one that is there`,
            },
          ]),
      ...(existing.key === undefined
        ? []
        : [
            {
              path: [...at, 'key'],
              message: 'cannot be used with platform azure, where a secret is one value: remove it',
            },
          ]),
    ];
  });

/** The URI says where tokens are read, the id where they are written. */
export const sameVault: Rule = ({ azure }) => {
  if (azure?.keyVaultUri === undefined) return [];
  const name = azure.keyVaultId.split('/').at(-1) ?? '';
  const [host = ''] = new URL(azure.keyVaultUri).hostname.split('.');
  return host.toLowerCase() === name.toLowerCase()
    ? []
    : [
        {
          path: ['azure', 'keyVaultUri'],
          message: `must be the URI of the vault in keyVaultId, "${name}", got that of "${host}": correct one of them`,
        },
      ];
};
