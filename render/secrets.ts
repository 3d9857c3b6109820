import { SECRET_FILES } from '../topology/host-contract.js';
import { RUNTIME_LABEL } from '../topology/labels.js';

import { isFields, type Report } from './convert.js';
import { EXTERNAL_SECRET } from './kinds.js';
import type { RenderedObject } from './rendered-object.js';

/** A value that must be in a Secret; never the value itself. */
export interface SecretNeed {
  readonly namespace: string;
  readonly name: string;
  readonly key: string;
  readonly source: SecretSource;
  /** Raised when the value shall change. */
  readonly revision?: number;
  readonly labels: Readonly<Record<string, string>>;
}

export type SecretSource =
  /** Random, made by Terraform; one value for each id. */
  | { readonly kind: 'generated'; readonly id: string }
  /** Given to Terraform as `TF_VAR_<name>`. */
  | { readonly kind: 'variable'; readonly name: string }
  /** Owned by somebody else, with Terraform too. */
  | { readonly kind: 'existing' }
  | { readonly kind: 'unknown' };

export const REVISION_ANNOTATION = 'copilot-runtimes/secret-revision';

/** What a `kubernetes_secret_v1` needs, from its metadata and the *expressions* of its values. */
export function secretNeeds(object: RenderedObject, resource: Record<string, unknown>): SecretNeed[] {
  const { namespace = '', name, labels = {} } = object.metadata;
  const revision = Number(resource.data_wo_revision ?? resource.binary_data_wo_revision);
  return VALUES.flatMap((argument) =>
    Object.entries(isFields(resource[argument]) ? resource[argument] : {}).map(([key, value]) => ({
      namespace,
      name,
      key,
      labels,
      source: sourceOf(value),
      ...(Number.isInteger(revision) && { revision }),
    })),
  );
}

/** Arguments of a Secret that hold values. */
export const VALUES = ['data', 'data_wo', 'binary_data', 'binary_data_wo'] as const;

function sourceOf(value: unknown): SecretSource {
  const text = typeof value === 'string' ? value : '';
  const generated = /^\$\{(ephemeral\.random_password\.[\w-]+)\.result\}$/.exec(text)?.[1];
  if (generated !== undefined) return { kind: 'generated', id: generated };
  const variable = /^\$\{var\.([\w-]+)\}$/.exec(text)?.[1];
  if (variable !== undefined) return { kind: 'variable', name: variable };
  return { kind: 'unknown' };
}

/** What the value is, for a person. */
export function describeSecret({ key, source, labels }: SecretNeed): string {
  const owner = runtimeOf(labels);
  const what =
    key === SECRET_FILES.connectionToken
      ? `connection token${owner === undefined ? '' : ` of ${owner}`}, 32 random bytes or more as text: whoever has it is root on the runtime`
      : key === SECRET_FILES.githubToken
        ? 'GitHub token that the runtime runs as'
        : key === SECRET_FILES.providerKey
          ? 'key of the model provider, which clients pass with each session'
          : owner === undefined
            ? 'secret value'
            : `secret value of ${owner}`;
  switch (source.kind) {
    case 'generated':
      return key === SECRET_FILES.connectionToken ? what : `${what}, 32 random bytes or more as text`;
    case 'variable':
      return `${what} (\`TF_VAR_${source.name}\` with Terraform)`;
    case 'existing':
      return `${what} (somebody else's Secret, with Terraform too)`;
    case 'unknown':
      return what;
  }
}

/** `tenant.acme` → `tenant/acme`. */
function runtimeOf(labels: Readonly<Record<string, string>>): string | undefined {
  return labels[RUNTIME_LABEL]?.replace('.', '/');
}

/** Secrets that the External Secrets Operator makes, one ExternalSecret each. */
export function externalSecrets(
  topology: string,
  store: string,
  needs: readonly SecretNeed[],
  report: Report,
): RenderedObject[] {
  const taken = new Map<string, string>();
  return group(needs).map(([first, ...rest]) => {
    const { namespace, name, labels, revision } = first;
    return {
      ...EXTERNAL_SECRET,
      metadata: {
        // The operator reads a value again when its object changes, which raising the revision sees to.
        ...(revision !== undefined && { annotations: { [REVISION_ANNOTATION]: String(revision) } }),
        ...(Object.keys(labels).length > 0 && { labels }),
        name,
        namespace,
      },
      spec: {
        refreshPolicy: 'OnChange',
        secretStoreRef: { kind: 'ClusterSecretStore', name: store },
        target: { creationPolicy: 'Owner', name },
        data: [first, ...rest].map(({ key }) => {
          const remote = [topology, runtimeOf(labels) ?? name, key].join('/');
          const mine = `${namespace}/${name}`;
          const other = taken.get(remote);
          if (other !== undefined) report(mine, `would be read from ${remote} in the store, like ${other}`);
          taken.set(remote, mine);
          return { secretKey: key, remoteRef: { key: remote } };
        }),
      },
    };
  });
}

/** Real Secrets, for tests. @param valueOf gives the value of a source, or nothing */
export function realSecrets(
  needs: readonly SecretNeed[],
  valueOf: (source: SecretSource) => string | undefined,
  report: Report,
): RenderedObject[] {
  return group(needs).map((keys) => {
    const [{ namespace, name, labels }] = keys;
    const values = keys.map(({ key, source }): [string, string] => {
      const value = valueOf(source);
      if (value === undefined || value === '') {
        report(
          `${namespace}/${name}`,
          source.kind === 'variable'
            ? `needs a value for ${key}: set TF_VAR_${source.name}`
            : `needs a value for ${key} that cannot be generated: render without --generate-secrets`,
        );
      }
      return [key, value ?? ''];
    });
    return {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { ...(Object.keys(labels).length > 0 && { labels }), name, namespace },
      type: 'Opaque',
      stringData: Object.fromEntries(values),
    };
  });
}

/** Keys of one Secret together. */
function group(needs: readonly SecretNeed[]): [SecretNeed, ...SecretNeed[]][] {
  const bySecret = new Map<string, [SecretNeed, ...SecretNeed[]]>();
  for (const need of needs) {
    const id = `${need.namespace}/${need.name}`;
    const known = bySecret.get(id);
    if (known) known.push(need);
    else bySecret.set(id, [need]);
  }
  return [...bySecret.values()];
}

/** Secrets of others that pods of rendered objects mount, read or pull their image with. */
export function foreignSecrets(objects: readonly RenderedObject[], own: readonly SecretNeed[]): SecretNeed[] {
  const mine = new Set(own.map(({ namespace, name }) => `${namespace}/${name}`));
  const found = new Map<string, SecretNeed>();
  for (const { metadata, spec } of objects) {
    const namespace = metadata.namespace ?? '';
    walk(spec, (name, key) => {
      if (mine.has(`${namespace}/${name}`)) return;
      const labels = metadata.labels ?? {};
      found.set(`${namespace}/${name}/${key}`, {
        namespace,
        name,
        key,
        labels,
        source: { kind: 'existing' },
      });
    });
  }
  return [...found.values()];
}

/** Finds references to Secrets in a pod spec. */
function walk(value: unknown, found: (name: string, key: string) => void): void {
  if (Array.isArray(value)) for (const item of value as unknown[]) walk(item, found);
  if (!isFields(value)) return;
  const name = (fields: unknown, field = 'name') =>
    isFields(fields) && typeof fields[field] === 'string' ? fields[field] : undefined;
  const items = (fields: unknown): string[] =>
    isFields(fields) && Array.isArray(fields.items)
      ? fields.items.map((item) => name(item, 'key') ?? '*')
      : ['*'];
  for (const [field, content] of Object.entries(value)) {
    const secret =
      field === 'secret' || field === 'secretRef'
        ? (name(content, 'secretName') ?? name(content))
        : field === 'secretKeyRef'
          ? name(content)
          : undefined;
    if (secret !== undefined) {
      const keys = field === 'secretKeyRef' ? [name(content, 'key') ?? '*'] : items(content);
      for (const key of keys) found(secret, key);
    } else if (field === 'imagePullSecrets' && Array.isArray(content)) {
      for (const one of content) found(name(one) ?? '', '.dockerconfigjson');
    } else walk(content, found);
  }
}
