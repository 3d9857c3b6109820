import { Token } from 'cdktf';

import { RESERVED_PORTS } from '../../topology/azure/limits.js';
import { isKnown, type PropRule } from '../common/validation.js';

/**
 * What Azure refuses although Terraform plans it. A mistake of these is found when the group is created, and by then
 * the group it replaces is gone.
 */

/** Rule: a port that a container group may listen on. */
export function groupPort<P>(prop: string, of: (props: P) => number | undefined): PropRule<P> {
  return (props) => {
    const value = of(props);
    if (!isKnown(value)) return undefined;
    const reserved = RESERVED_PORTS.find(([from, to]) => value >= from && value <= to);
    if (Number.isInteger(value) && value >= 1024 && value <= 65_535 && !reserved) return undefined;
    return reserved
      ? `${prop} must not be from ${reserved[0]} to ${reserved[1]}, which Container Instances keeps for itself, got ${value}: use another, such as 4321`
      : `${prop} must be from 1024 to 65535, got ${value}: use a whole number in that range`;
  };
}

/** Rule: a size that Azure counts in tenths. */
export function tenths<P>(
  prop: string,
  min: number,
  max: number,
  of: (props: P) => number | undefined,
): PropRule<P> {
  return (props) => {
    const value = of(props);
    if (!isKnown(value)) return undefined;
    const inTenths = Math.abs(value * 10 - Math.round(value * 10)) < 1e-9;
    if (inTenths && value >= min && value <= max) return undefined;
    return `${prop} must be from ${min} to ${max} in steps of 0.1, got ${value}: round it up`;
  };
}

const EXAMPLE = '/subscriptions/…/resourceGroups/…/providers';

/**
 * Rule: the id of a resource of one type, such as `Microsoft.Network/virtualNetworks/subnets`, in the case that the
 * provider wants.
 */
export function resourceId<P>(
  prop: string,
  type: string,
  of: (props: P) => string | readonly string[] | undefined,
): PropRule<P> {
  const [namespace = '', ...kinds] = type.split('/');
  const pattern = new RegExp(
    `^/subscriptions/[^/]+/resourceGroups/[^/]+/providers/${namespace.replaceAll('.', '\\.')}${kinds.map((kind) => `/${kind}/[^/]+`).join('')}$`,
  );
  return (props) => {
    const value = of(props);
    const ids = value === undefined ? [] : typeof value === 'string' ? [value] : value;
    const wrong = ids.filter(isKnown).find((id) => !pattern.test(id));
    if (wrong === undefined) return undefined;
    const wanted = `${EXAMPLE}/${namespace}${kinds.map((kind) => `/${kind}/…`).join('')}`;
    return `${prop} must be the id of a resource of type ${type}, got "${wrong}": write it as ${wanted}, upper and lower case as there`;
  };
}

interface Naming {
  readonly pattern: RegExp;
  readonly says: string;
}

/** Names that Azure takes, by kind of resource. */
const NAMINGS = {
  containerGroup: {
    pattern: /^(?=.{1,63}$)[a-z0-9]+(-[a-z0-9]+)*$/,
    says: 'lower-case letters, digits and single inner hyphens, at most 63 characters',
  },
  fileShare: {
    pattern: /^(?=.{3,63}$)[a-z0-9]+(-[a-z0-9]+)*$/,
    says: 'lower-case letters, digits and single inner hyphens, from 3 to 63 characters',
  },
  storageAccount: { pattern: /^[a-z0-9]{3,24}$/, says: 'lower-case letters and digits, from 3 to 24' },
  keyVaultSecret: { pattern: /^[A-Za-z0-9-]{1,127}$/, says: 'letters, digits and hyphens, at most 127' },
  recordSet: {
    pattern: /^(?=.{1,63}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?$/,
    says: 'a DNS label: lower-case letters, digits and inner hyphens, at most 63',
  },
} as const satisfies Record<string, Naming>;

/** Rule: a name that Azure takes for this kind of resource. */
export function azureName<P>(
  prop: string,
  kind: keyof typeof NAMINGS,
  of: (props: P) => string | readonly string[] | undefined,
): PropRule<P> {
  const { pattern, says } = NAMINGS[kind];
  return (props) => {
    const value = of(props);
    const names = value === undefined ? [] : typeof value === 'string' ? [value] : value;
    const wrong = names.filter(isKnown).find((name) => !pattern.test(name));
    return wrong === undefined ? undefined : `${prop} must be ${says}, got "${wrong}": rename it`;
  };
}

/** Rule: an id that is taken apart, and so must be known before Terraform runs. */
export function literal<P>(prop: string, of: (props: P) => string | undefined): PropRule<P> {
  return (props) =>
    Token.isUnresolved(of(props))
      ? `${prop} must be known at synthesis, got an attribute of a resource: write the id out`
      : undefined;
}

/** Rule: an image that Azure can pull, without white space. */
export function image<P extends { readonly image: string }>(): PropRule<P> {
  return ({ image: value }) =>
    isKnown(value) && !/^\S+$/.test(value)
      ? `image must be an image reference without white space, got "${value}": use registry/name@sha256:…`
      : undefined;
}
