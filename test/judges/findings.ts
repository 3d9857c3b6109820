import { EXCEPTIONS, type Exception } from './exceptions.js';

export interface Finding {
  readonly judge: 'kubeconform' | 'kube-score' | 'checkov';
  /** The judge's own id of the check. */
  readonly check: string;
  /** Kind of the object, or type of the Terraform resource. */
  readonly kind: string;
  /** Where it is, for people. */
  readonly object: string;
  /** File that it is in. */
  readonly file: string;
  readonly message: string;
}

/** What a judge said, and of what: one that has read nothing finds nothing. */
export interface Verdict {
  readonly findings: readonly Finding[];
  /** How many checks a judge has made, by object. */
  readonly checked: ReadonlyMap<string, number>;
}

export const excepts = ({ judge, check, kind, named }: Exception, finding: Finding) =>
  judge === finding.judge &&
  check === finding.check &&
  kind === finding.kind &&
  (named === undefined || finding.file.endsWith(`.${named}.yaml`));

/** One line for each finding that is not excepted. */
export function unexpected(findings: readonly Finding[], exceptions = EXCEPTIONS): string[] {
  return findings
    .filter((finding) => !exceptions.some((exception) => excepts(exception, finding)))
    .map(({ check, object, file, message }) => `${check}: ${object} in ${file}: ${message}`);
}
