import path from 'node:path';

import { manifestFiles, readManifest, readResources, stackFiles } from './examples.js';
import type { Finding, Verdict } from './findings.js';
import { CHECKOV, KUBE_SCORE, KUBECONFORM, SCHEMAS } from './installed.js';
import { run } from './run.js';

/** Kubernetes release that the manifests are judged for. */
const KUBERNETES = 'v1.34';

/** Whether the API server would know every field of every manifest below a directory. */
export async function kubeconform(directory: string): Promise<Verdict> {
  const location = path.join(SCHEMAS, '{{.ResourceKind}}{{.KindSuffix}}.json');
  const files = manifestFiles(directory).map((file) => path.join(directory, file));
  const output = await run(KUBECONFORM, [
    ...['-strict', '-verbose', '-output', 'json', '-schema-location', location],
    ...files,
  ]);
  const { resources } = JSON.parse(output) as {
    resources: { filename: string; kind: string; name: string; status: string; msg: string }[];
  };
  return verdict(
    resources.map(({ filename, kind, name, status, msg }) => ({
      passed: status === 'statusValid',
      finding: {
        judge: 'kubeconform',
        check: status,
        kind,
        object: `${kind} ${name}`,
        file: path.relative(directory, filename),
        message: msg,
      },
    })),
  );
}

interface Scored {
  file_name: string;
  type_meta: { kind: string };
  object_meta: { name: string };
  checks: {
    check: { id: string };
    grade: number;
    skipped: boolean;
    comments: { path: string; summary: string }[] | null;
  }[];
}

/** All checks of kube-score, the optional ones too, on what one folder below a directory deploys together. */
export async function kubeScore(directory: string, folder: string): Promise<Verdict> {
  const files = manifestFiles(path.join(directory, folder)).map((file) => path.join(directory, folder, file));
  const output = await run(KUBE_SCORE, [
    ...['score', '--kubernetes-version', KUBERNETES, '--all-default-optional', '--output-format', 'json'],
    ...files,
  ]);
  return verdict(
    (JSON.parse(output) as Scored[]).flatMap(({ file_name, type_meta, object_meta, checks }) =>
      checks
        .filter(({ skipped }) => !skipped)
        .map(({ check, grade, comments }) => ({
          passed: grade === 10,
          finding: {
            judge: 'kube-score' as const,
            check: check.id,
            kind: type_meta.kind,
            object: `${type_meta.kind} ${object_meta.name}`,
            file: path.relative(directory, file_name),
            message: (comments ?? []).map((comment) => `${comment.path} ${comment.summary}`).join('; '),
          },
        })),
    ),
  );
}

/** checkov on every manifest below a directory. */
export async function checkovManifests(directory: string): Promise<Verdict> {
  const kinds = new Map(
    manifestFiles(directory).map((file) => [file, readManifest(path.join(directory, file)).kind]),
  );
  return checkov(directory, 'kubernetes', (file) => kinds.get(file));
}

/** checkov on every stack below a directory. */
export async function checkovStacks(directory: string, framework = 'terraform_json'): Promise<Verdict> {
  const types = new Map(
    stackFiles(directory).flatMap((file) =>
      Object.entries(readResources(path.join(directory, file))).flatMap(([type, resources]) =>
        Object.keys(resources).map((id): [string, string] => [`${file} ${id}`, type]),
      ),
    ),
  );
  // Some checks call a resource `resource.<id>`, others `<type>.<id>`.
  return checkov(directory, framework, (file, resource) =>
    types.get(`${file} ${resource.split('.').at(-1)}`),
  );
}

interface Checked {
  check_id: string;
  check_name: string;
  resource: string;
  file_path: string;
}

interface CheckovReport {
  summary?: { parsing_errors: number };
  results?: { passed_checks: Checked[]; failed_checks: Checked[]; parsing_errors: string[] };
}

async function checkov(
  directory: string,
  framework: string,
  kindOf: (file: string, resource: string) => string | undefined,
): Promise<Verdict> {
  const output = await run(CHECKOV, [
    // From nowhere but here: it would ask its vendor for texts.
    ...['--skip-download', '--compact', '--output', 'json', '--framework', framework],
    ...['--directory', directory],
  ]);
  const report = JSON.parse(output) as CheckovReport;
  // Without a single check it prints the bare numbers.
  const { passed_checks, failed_checks, parsing_errors } = report.results ?? {
    passed_checks: [],
    failed_checks: [],
    parsing_errors: [],
  };
  if (parsing_errors.length > 0) throw new Error(`checkov cannot read ${parsing_errors.join(', ')}`);
  const outcome = (passed: boolean) => (checked: Checked) => {
    const file = path.relative('/', checked.file_path);
    return {
      passed,
      finding: {
        judge: 'checkov' as const,
        check: checked.check_id,
        kind: kindOf(file, checked.resource) ?? 'unknown',
        object: checked.resource,
        file,
        message: checked.check_name,
      },
    };
  };
  return verdict([...passed_checks.map(outcome(true)), ...failed_checks.map(outcome(false))]);
}

function verdict(outcomes: readonly { passed: boolean; finding: Finding }[]): Verdict {
  const checked = new Map<string, number>();
  for (const { finding } of outcomes) {
    const object = `${finding.file} ${finding.kind}`;
    checked.set(object, (checked.get(object) ?? 0) + 1);
  }
  return { findings: outcomes.filter(({ passed }) => !passed).map(({ finding }) => finding), checked };
}
