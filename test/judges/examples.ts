import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { parse, stringify } from 'yaml';

import { CLI, cliEnvironment } from '../support/cli.js';

import { run } from './run.js';

const KUBERNETES = path.resolve('examples/kubernetes');
export const AZURE = path.resolve('examples/azure');
const APP = path.resolve('dist/stacks/main.js');

const examplesOf = (source: string) =>
  readdirSync(source)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => path.basename(file, '.yaml'));

export const EXAMPLES = examplesOf(KUBERNETES);

// What the judges and the tests need to know of an object; anything else is in there, too.
export interface Manifest {
  kind: string;
  metadata: { name: string; namespace?: string };
  [field: string]: unknown;
}

/** The resources of a stack, by type and by id. A stack may have none. */
export type Resources = Record<string, Record<string, Record<string, unknown>>>;

/** Renders every example below a directory, one folder per example, with all Secrets. */
export async function renderExamples(directory: string): Promise<void> {
  await Promise.all(
    copies(directory).map(({ name, file, variables }) =>
      run(
        process.execPath,
        [CLI, 'render', file, '--out', path.join(directory, name), '--generate-secrets'],
        cliEnvironment(variables),
      ),
    ),
  );
}

/** Synthesises every example below a directory, one folder per example. */
export async function synthesizeExamples(directory: string, source = KUBERNETES): Promise<void> {
  await Promise.all(
    copies(directory, source).map(({ name, file }) =>
      run(
        process.execPath,
        [APP],
        cliEnvironment({ TOPOLOGY: file, CDKTF_OUTDIR: path.join(directory, name) }),
      ),
    ),
  );
  for (const file of stackFiles(directory)) {
    // checkov 3.3.30 gives up on a whole file over this one text.
    editStack(path.join(directory, file), (stack) => delete stack.terraform?.required_version);
  }
}

/** Copies of the topologies and their locks, so that nothing is written beside the originals. */
function copies(directory: string, source = KUBERNETES) {
  const topologies = path.join(directory, '.topologies');
  mkdirSync(topologies, { recursive: true });
  cpSync(source, topologies, { recursive: true });
  return examplesOf(source).map((name) => {
    const file = path.join(topologies, `${name}.yaml`);
    const named = readFileSync(file, 'utf8').matchAll(/\bvariable: (\w+)/g);
    return {
      name,
      file,
      variables: Object.fromEntries([...named].map(([, variable]) => [`TF_VAR_${variable}`, 'a-value'])),
    };
  });
}

/** Manifests below a directory, relative to it. */
export function manifestFiles(directory: string): string[] {
  return filesOf(directory).filter(
    (file) => file.endsWith('.yaml') && !file.startsWith('.') && path.basename(file) !== 'kustomization.yaml',
  );
}

/** Stacks below a directory, relative to it. */
export function stackFiles(directory: string): string[] {
  return filesOf(directory).filter((file) => path.basename(file) === 'cdk.tf.json');
}

function filesOf(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' }).sort();
}

export function readManifest(file: string): Manifest {
  return parse(readFileSync(file, 'utf8')) as Manifest;
}

export function writeManifest(file: string, manifest: unknown): void {
  writeFileSync(file, stringify(manifest));
}

export function readResources(file: string): Resources {
  return (JSON.parse(readFileSync(file, 'utf8')) as { resource?: Resources }).resource ?? {};
}

export function editStack(
  file: string,
  edit: (stack: { terraform?: { required_version?: string }; resource: Resources }) => unknown,
): void {
  const stack = JSON.parse(readFileSync(file, 'utf8')) as { resource: Resources };
  edit(stack);
  writeFileSync(file, JSON.stringify(stack, null, 2));
}
