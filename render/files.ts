import { Document, Scalar, visit } from 'yaml';

import type { RenderedObject } from './rendered-object.js';
import { describeSecret, type SecretNeed } from './secrets.js';

/** A file of a render, relative to its directory. */
export interface RenderedFile {
  readonly path: string;
  readonly text: string;
  /** Only the owner may read it. */
  readonly secret?: boolean;
}

const HEADER = '# Written by "copilot-runtimes render", which will overwrite it.\n';
export const KUSTOMIZATION = 'kustomization.yaml';
export const SECRETS_PAGE = 'secrets.md';

/** One file for each object, a kustomization that lists them in this order, and a page on the Secrets that must exist. */
export function folderFiles(
  folder: string,
  objects: readonly RenderedObject[],
  needs: readonly SecretNeed[],
): RenderedFile[] {
  const manifests = objects.map((object) => ({ name: fileName(object), object }));
  return [
    ...manifests.map(({ name, object }) => ({
      path: `${folder}/${name}`,
      text: HEADER + toYaml(object),
      ...(object.kind === 'Secret' && { secret: true }),
    })),
    {
      path: `${folder}/${KUSTOMIZATION}`,
      text:
        HEADER +
        toYaml({
          apiVersion: 'kustomize.config.k8s.io/v1beta1',
          kind: 'Kustomization',
          resources: manifests.map(({ name }) => name),
        }),
    },
    ...(needs.length > 0 ? [{ path: `${folder}/${SECRETS_PAGE}`, text: secretsPage(folder, needs) }] : []),
  ];
}

/** `prod-tenant-acme-ejhcys5eye.deployment.runtime.yaml`: neither namespace nor kind has a dot. */
function fileName({ kind, metadata: { namespace, name } }: RenderedObject): string {
  const parts = [...(namespace === undefined ? [] : [namespace]), kind.toLowerCase(), name];
  // Roles may have a colon in their name, which not every file system takes.
  return `${parts.join('.').replace(/[^a-z0-9.-]/g, (char) => `_${char.codePointAt(0)!.toString(16)}_`)}.yaml`;
}

/**
 * YAML that every reader takes for the same, those of YAML 1.1 (kubectl among them) too: bare are only words that mean
 * themselves everywhere, and what is no printable character is written as its number.
 */
function toYaml(value: unknown): string {
  const document = new Document(value, { compat: 'yaml-1.1', aliasDuplicateObjects: false });
  visit(document, {
    Scalar(_, node) {
      if (typeof node.value !== 'string' || WORD.test(node.value)) return;
      node.type = LINES.test(node.value) ? Scalar.BLOCK_LITERAL : Scalar.QUOTE_DOUBLE;
    },
  });
  // Double quotes are around all of these now; elsewhere a number would not be read as what it stands for.
  return document
    .toString({ lineWidth: 0, doubleQuotedMinMultiLineLength: Number.MAX_SAFE_INTEGER })
    .replace(UNPRINTABLE, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** The library still puts quotes around `on`, `null` and their like. */
const WORD = /^[A-Za-z/][\w./@-]*$/;
/** Printable lines without space at the ends. */
const LINES = /^[!-~]([ -~]*[!-~])?(\n+ *[!-~]([ -~]*[!-~])?)+\n?$/;
const UNPRINTABLE = /[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/g;

function secretsPage(folder: string, needs: readonly SecretNeed[]): string {
  const rows = needs.map((need) =>
    [
      need.namespace,
      need.name,
      need.key === '*' ? 'all' : need.key,
      need.revision === undefined ? '–' : String(need.revision),
      describeSecret(need),
    ].map(cell),
  );
  rows.sort((a, b) => (a.join('\0') < b.join('\0') ? -1 : 1));
  return [
    `# Secrets of ${folder}`,
    '',
    'Values are never rendered. Each of these must exist, with a value that is not empty, before its pod can start. When',
    'the revision has been raised, the value shall be a new one.',
    '',
    '| Namespace | Secret | Key | Revision | What it is |',
    '| --- | --- | --- | --- | --- |',
    ...rows.map((cells) => `| ${cells.join(' | ')} |`),
    '',
  ].join('\n');
}

const cell = (text: string) => text.replace(/[\r\n]+/g, ' ').replaceAll('|', '\\|');
