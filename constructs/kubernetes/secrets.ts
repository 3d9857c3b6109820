import { SecretV1 } from '@cdktf/provider-kubernetes/lib/secret-v1/index.js';
import { TerraformStack, type ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';

import { MANAGED_BY } from '../../topology/labels.js';
import { EphemeralPassword, ephemeralVariable } from '../common/ephemeral.js';

/** Where the value of a Secret comes from. */
export type SecretValue =
  /** Random; raising the revision makes a new one. */
  | { readonly kind: 'generated'; readonly revision: number }
  /** An ephemeral Terraform variable of the stack. */
  | { readonly kind: 'variable'; readonly variable: string; readonly revision: number };

/** A secret that comes from outside. */
export interface SecretProps {
  /** Ephemeral Terraform variable, given as `TF_VAR_<name>`. */
  readonly variable?: string;
  /** A Secret that somebody else owns, instead of a variable. */
  readonly existingSecret?: { readonly name: string; readonly key: string };
  /** Raise it when the value has changed. @default 1 */
  readonly revision?: number;
}

/** What is wrong with the sources of a secret; undefined for nothing. */
export function oneSource(prop: string, secret: SecretProps | undefined): string | undefined {
  return secret && (secret.variable === undefined) === (secret.existingSecret === undefined)
    ? `${prop} must name either a variable or an existingSecret, got both or none: keep one`
    : undefined;
}

export interface RuntimeSecretProps {
  readonly namespace: string;
  readonly name: string;
  /** Key in the Secret. */
  readonly key: string;
  readonly value: SecretValue;
  readonly labels?: Readonly<Record<string, string>>;
  readonly dependsOn?: ITerraformDependable[];
}

/**
 * A Secret with one value, written by a write-only argument: the value is in the cluster and nowhere in Terraform's
 * state or plan. One object per value, for a changed revision rewrites all keys of an object.
 */
export class RuntimeSecret extends Construct {
  readonly resource: SecretV1;

  constructor(scope: Construct, id: string, props: RuntimeSecretProps) {
    super(scope, id);
    const { value } = props;
    const text =
      value.kind === 'generated'
        ? new EphemeralPassword(this, 'Value').result
        : ephemeralVariable(TerraformStack.of(this), value.variable).stringValue;
    this.resource = new SecretV1(this, 'Resource', {
      metadata: { namespace: props.namespace, name: props.name, labels: { ...props.labels, ...MANAGED_BY } },
      type: 'Opaque',
      dataWo: { [props.key]: text },
      dataWoRevision: value.revision,
      ...(props.dependsOn && { dependsOn: props.dependsOn }),
    });
  }
}
