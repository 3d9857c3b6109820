import { KeyVaultSecret } from '@cdktf/provider-azurerm/lib/key-vault-secret/index.js';
import { TerraformStack, type ITerraformDependable, type TerraformProvider } from 'cdktf';
import { Construct } from 'constructs';

import { EphemeralPassword, ephemeralVariable } from '../common/ephemeral.js';
import { isKnown, validateProps, within, type PropRule } from '../common/validation.js';

import { grant, type Tags } from './cross-cutting.js';
import { azureName, resourceId } from './rules.js';

/** Role that reads the value of a secret, and nothing else of the vault. */
const SECRETS_USER = 'Key Vault Secrets User';

/** Where the value of a secret comes from. */
export type SecretValue =
  /** Random; raising the revision makes a new one. */
  | { readonly kind: 'generated'; readonly revision?: number }
  /** An ephemeral Terraform variable of the stack, given as `TF_VAR_<name>`. */
  | { readonly kind: 'variable'; readonly variable: string; readonly revision?: number }
  /** Text that is no secret and lies in the state. */
  | { readonly kind: 'text'; readonly text: string; readonly contentType: string }
  /** A secret of the vault that somebody else owns: only rights on it are given. */
  | { readonly kind: 'existing' };

export interface RuntimeSecretProps {
  /** Name in the vault. */
  readonly name: string;
  readonly value: SecretValue;
  /** Object ids of the identities that may read it, by a key of yours. @default - nobody */
  readonly readers?: Readonly<Record<string, string>>;
}

export interface RuntimeSecretsProps {
  /** Key Vault with Azure roles instead of access policies. */
  readonly keyVaultId: string;
  /** Secrets by a key of yours, which is part of the path of the construct. */
  readonly secrets: Readonly<Record<string, RuntimeSecretProps>>;
  /**
   * When the secrets should have been rotated, as `2030-01-31T00:00:00Z`. Key Vault hands out a secret past its date,
   * so no runtime stops by it; policies and alerts look at it. Move it whenever you raise a revision.
   *
   * @default - none
   */
  readonly expirationDate?: string;
  /** Provider of the vault's subscription. @default - that of the stack */
  readonly provider?: TerraformProvider;
  /** @default - none */
  readonly tags?: Tags;
}

const RULES: readonly PropRule<RuntimeSecretsProps>[] = [
  resourceId('keyVaultId', 'Microsoft.KeyVault/vaults', (props) => props.keyVaultId),
  azureName('secrets', 'keyVaultSecret', (props) => Object.values(props.secrets).map(({ name }) => name)),
  ({ expirationDate }) =>
    isKnown(expirationDate) && !/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/.test(expirationDate)
      ? `expirationDate must be a time in UTC, got "${expirationDate}": write it as 2030-01-31T00:00:00Z`
      : undefined,
  ({ secrets }) => {
    const names = Object.values(secrets).map(({ name }) => name);
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    return twice === undefined
      ? undefined
      : `secrets must have names of their own, got "${twice}" twice: rename one`;
  },
];

/**
 * Secrets of one runtime or tenant, and who may read them. Values are written by write-only arguments: they are in
 * the vault, and in no plan and no state. A role names one secret, never the vault.
 *
 * @throws {PropsError} with every mistake in the props
 */
export class RuntimeSecrets extends Construct {
  /** The secrets that this construct owns, by key. */
  readonly resources: ReadonlyMap<string, KeyVaultSecret>;
  /** What a group must wait for before it reads: secrets and roles. */
  readonly ready: readonly ITerraformDependable[];

  constructor(scope: Construct, id: string, props: RuntimeSecretsProps) {
    super(scope, id);
    const revisions = Object.entries(props.secrets).map(([key, { value }]) =>
      within<RuntimeSecretsProps>(`secrets.${key}.value.revision`, 1, 1_000_000, () =>
        'revision' in value ? value.revision : undefined,
      ),
    );
    validateProps(this.node.path, props, [...RULES, ...revisions]);
    const { keyVaultId, provider } = props;
    const resources = new Map<string, KeyVaultSecret>();
    const roles: ITerraformDependable[] = [];
    for (const [key, { name, value, readers = {} }] of Object.entries(props.secrets)) {
      const own = new Construct(this, key);
      const secret = value.kind === 'existing' ? undefined : this.secret(own, props, name, value);
      if (secret) resources.set(key, secret);
      for (const [reader, principalId] of Object.entries(readers)) {
        const role = { roleDefinitionIdOrName: SECRETS_USER, principalId };
        // The id without a version: a rotated secret keeps its readers.
        const target = `${keyVaultId}/secrets/${name}`;
        roles.push(
          grant(own, `read-${reader}`, target, role, {
            ...(provider && { provider }),
            after: secret ? [secret] : [],
          }),
        );
      }
    }
    this.resources = resources;
    this.ready = [...resources.values(), ...roles];
  }

  private secret(
    scope: Construct,
    { keyVaultId, expirationDate, provider, tags }: RuntimeSecretsProps,
    name: string,
    value: Exclude<SecretValue, { kind: 'existing' }>,
  ): KeyVaultSecret {
    return new KeyVaultSecret(scope, 'Resource', {
      keyVaultId,
      name,
      ...this.content(scope, value),
      ...(expirationDate !== undefined && { expirationDate }),
      ...(provider && { provider }),
      tags: { ...tags },
    });
  }

  private content(scope: Construct, value: Exclude<SecretValue, { kind: 'existing' }>) {
    if (value.kind === 'text') return { value: value.text, contentType: value.contentType };
    return {
      valueWo:
        value.kind === 'generated'
          ? new EphemeralPassword(scope, 'Value').result
          : ephemeralVariable(TerraformStack.of(this), value.variable).stringValue,
      valueWoVersion: value.revision ?? 1,
      contentType: 'text/plain',
    };
  }
}
