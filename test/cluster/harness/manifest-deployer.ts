import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

import {
  KubernetesObjectApi,
  PatchStrategy,
  type KubernetesObject,
  type V1Deployment,
} from '@kubernetes/client-node';
import { parse } from 'yaml';

import { cli, removeDirectory, writeTopology, type Deployer, type TopologyInput } from './deployer.js';
import { found, type Environment } from './environment.js';

type Named = KubernetesObject & { readonly metadata: { readonly name: string; readonly namespace?: string } };

/** By `copilot-runtimes render` and server-side apply, pruning what is gone: as a GitOps tool does it. */
export class ManifestDeployer implements Deployer {
  readonly kind = 'manifests';
  readonly #api: KubernetesObjectApi;
  #deployed: Named[] = [];
  #name = '';

  constructor(
    readonly directory: string,
    readonly environment: Environment,
  ) {
    this.#api = environment.cluster.config.makeApiClient(KubernetesObjectApi);
  }

  manifest(): string {
    return path.join(this.directory, 'rendered', `${this.#name}.manifest.json`);
  }

  async deploy(topology: TopologyInput): Promise<boolean> {
    this.#name = topology.name;
    const file = await writeTopology(this.directory, topology, this.environment);
    const out = path.join(this.directory, 'rendered');
    await cli(['render', file, '--out', out, '--generate-secrets']);
    const objects = await readObjects(out);
    const renewed = await this.#namespacesWithNewRevisions(objects);
    let changed = false;
    for (const object of objects) {
      // A render makes new values each time; one that is in use is replaced when its revision is raised, and only then.
      const kept =
        object.kind === 'Secret' && !renewed.has(revisionOwner(object)) && (await this.#read(object));
      if (!kept) changed = (await this.#apply(object)) || changed;
    }
    const now = new Set(objects.map(idOf));
    const gone = this.#deployed.filter((object) => !now.has(idOf(object)));
    for (const object of deletionOrder(gone)) await this.#delete(object);
    this.#deployed = objects;
    return changed || gone.length > 0;
  }

  async destroy(): Promise<void> {
    for (const object of deletionOrder(this.#deployed)) await this.#delete(object);
    await removeDirectory(this.directory);
  }

  async #apply(object: Named): Promise<boolean> {
    const before = await this.#read(object);
    const after = await this.#api.patch(
      object,
      undefined,
      undefined,
      'copilot-runtimes-test',
      true,
      PatchStrategy.ServerSideApply,
    );
    return before?.metadata?.resourceVersion !== after.metadata?.resourceVersion;
  }

  async #read(object: Named): Promise<KubernetesObject | undefined> {
    return found(this.#api.read(object));
  }

  async #delete(object: Named): Promise<void> {
    await found(this.#api.delete(object, undefined, undefined, 0, undefined, 'Foreground'));
    const deadline = Date.now() + 120_000;
    // A namespace is there until everything in it is gone.
    while (await this.#read(object)) {
      if (Date.now() > deadline) throw new Error(`${idOf(object)} is still there after 120 s`);
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }

  /** Workloads whose Secret gets a new value: those whose revision in the pod template differs from what runs. */
  async #namespacesWithNewRevisions(objects: readonly Named[]): Promise<Set<string>> {
    const renewed = new Set<string>();
    for (const object of objects.filter(({ kind }) => kind === 'Deployment')) {
      const live = (await this.#read(object)) as V1Deployment | undefined;
      if (live && revisions(live) !== revisions(object)) renewed.add(workloadOf(object));
    }
    return renewed;
  }
}

const workloadOf = ({ metadata }: Named) => `${metadata.namespace}/${metadata.name}`;
const revisionOwner = ({ metadata }: Named) =>
  `${metadata.namespace}/${metadata.name.replace(/-(connection|github)-token$|-provider-key$/, '')}`;

function revisions(deployment: V1Deployment): string {
  const annotations = Object.entries(deployment.spec?.template.metadata?.annotations ?? {});
  return JSON.stringify(annotations.filter(([key]) => key.endsWith('-revision')).sort());
}

const idOf = ({ kind, metadata }: Named) => `${kind} ${metadata.namespace ?? ''}/${metadata.name}`;

/** Workloads before what they use, namespaces last. */
function deletionOrder(objects: readonly Named[]): Named[] {
  const last = ['PersistentVolumeClaim', 'Namespace'];
  return [...objects].sort((a, b) => last.indexOf(a.kind!) - last.indexOf(b.kind!));
}

interface PolicyRule {
  from?: unknown;
  _from?: unknown;
}

/** The client library calls `from` of a policy `_from`, and leaves out what it does not know: everybody could enter. */
function forClient(object: Named): Named {
  if (object.kind !== 'NetworkPolicy') return object;
  const { spec } = object as Named & { spec?: { ingress?: PolicyRule[] } };
  for (const rule of spec?.ingress ?? []) {
    rule._from = rule.from;
    delete rule.from;
  }
  return object;
}

/** The objects of every folder of a render, namespaces first. */
async function readObjects(out: string): Promise<Named[]> {
  const files = (await readdir(out, { recursive: true }))
    .filter((file) => file.endsWith('.yaml') && path.basename(file) !== 'kustomization.yaml')
    .sort();
  const objects = await Promise.all(
    files.map(async (file) => forClient(parse(await readFile(path.join(out, file), 'utf8')) as Named)),
  );
  return objects.sort((a, b) => Number(b.kind === 'Namespace') - Number(a.kind === 'Namespace'));
}
