import { cpuQuantity } from '../../topology/schema/common.js';
import { isKnown, type PropRule } from '../common/validation.js';

/** Millicores as Kubernetes writes them back. */
export const cores = (millis: number) => (millis % 1000 === 0 ? String(millis / 1000) : `${millis}m`);

const NAME = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;

/** Rule: a Kubernetes name (RFC 1123 label). */
export function kubernetesName<P>(prop: string, of: (props: P) => string | undefined): PropRule<P> {
  return (props) => {
    const value = of(props);
    if (!isKnown(value) || (NAME.test(value) && value.length <= 63)) return undefined;
    return `${prop} must be lower-case letters, digits and inner hyphens, at most 63 characters, got "${value}": rename it`;
  };
}

/** Rule: a CPU quantity. */
export function cpu<P>(prop: string, of: (props: P) => string | undefined): PropRule<P> {
  return (props) => {
    const value = of(props);
    if (!isKnown(value) || cpuQuantity.safeParse(value).success) return undefined;
    return `${prop} must be a CPU quantity, got "${value}": use cores such as "250m", "1" or "1.5"`;
  };
}
