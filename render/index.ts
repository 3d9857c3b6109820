import { randomBytes } from 'node:crypto';

import { InputError, type Plan } from '../topology/index.js';

import type { Report } from './convert.js';
import { folderFiles, type RenderedFile } from './files.js';
import { loadModels } from './models.js';
import { inOrder, RenderError, renderResources } from './objects.js';
import type { RenderedObject } from './rendered-object.js';
import {
  externalSecrets,
  foreignSecrets,
  realSecrets,
  type SecretNeed,
  type SecretSource,
} from './secrets.js';
import { buildInMemory } from './stacks.js';

export { RenderError } from './objects.js';
export type { RenderedFile } from './files.js';
export { writeRender, type WriteResult } from './write.js';

/** What becomes of Secrets, whose values are otherwise only described. */
export type SecretMode =
  | { readonly kind: 'describe' }
  /** ExternalSecrets that read from a ClusterSecretStore. */
  | { readonly kind: 'external'; readonly store: string }
  /** Real Secrets with random tokens, for tests; variables come from `env`. */
  | { readonly kind: 'generate'; readonly env: Readonly<Record<string, string | undefined>> };

export interface Folder {
  /** Name of the stack. */
  readonly name: string;
  readonly objects: readonly RenderedObject[];
  /** Secrets that somebody has to provide. */
  readonly needs: readonly SecretNeed[];
  readonly files: readonly RenderedFile[];
}

/**
 * The objects of a plan as plain manifests: a folder for each stack that has any.
 *
 * @throws {RenderError} when a stack has what no manifest can say
 * @throws {InputError} when the plan is of another platform, or a value for a Secret is missing
 */
export async function renderPlan(plan: Plan, mode: SecretMode = { kind: 'describe' }): Promise<Folder[]> {
  const stacks = await buildInMemory(plan);
  const models = await loadModels();
  return stacks
    .map(({ name, resources }) => {
      const { objects, secrets } = renderResources(resources, models);
      const made = secretObjects(plan, secrets, mode);
      const foreign = [...foreignSecrets(objects, secrets), ...providerKeys(plan, name)];
      const needs = mode.kind === 'describe' ? [...secrets, ...foreign] : foreign;
      const all = [...objects, ...made].sort(inOrder);
      return { name, objects: all, needs, files: folderFiles(name, all, needs) };
    })
    .filter(({ objects }) => objects.length > 0);
}

function secretObjects(plan: Plan, secrets: readonly SecretNeed[], mode: SecretMode): RenderedObject[] {
  const problems: { place: string; message: string }[] = [];
  const report: Report = (place, message) => problems.push({ place, message });
  switch (mode.kind) {
    case 'describe':
      return [];
    case 'external': {
      const objects = externalSecrets(plan.name, mode.store, secrets, report);
      if (problems.length > 0) {
        throw new RenderError(problems.map(({ place, message }) => `Secret ${place} ${message}`));
      }
      return objects;
    }
    case 'generate': {
      const objects = realSecrets(secrets, valueSource(mode.env), report);
      if (problems.length > 0) {
        throw new InputError(
          '--generate-secrets',
          problems.map(({ place, message }) => ({ path: [], message: `Secret ${place} ${message}` })),
        );
      }
      return objects;
    }
  }
}

/** 36 random bytes as 48 characters, like the tokens that Terraform makes; the same id has the same value. */
function valueSource(env: Readonly<Record<string, string | undefined>>) {
  const generated = new Map<string, string>();
  return (source: SecretSource): string | undefined => {
    switch (source.kind) {
      case 'generated': {
        const value = generated.get(source.id) ?? randomBytes(36).toString('base64url');
        generated.set(source.id, value);
        return value;
      }
      case 'variable':
        return env[`TF_VAR_${source.name}`];
      case 'existing':
      case 'unknown':
        return undefined;
    }
  };
}

/** Keys of model providers in Secrets of others: clients read them, so that no pod refers to them. */
function providerKeys(plan: Plan, stack: string): SecretNeed[] {
  return plan.runtimes.flatMap(({ cell, state, namespace, provider }) => {
    const existing = provider?.apiKey?.existingSecret;
    if (!existing || state === 'retired' || stack !== `${plan.name}-${cell}`) return [];
    const { name, key = 'provider-key' } = existing;
    return [{ namespace, name, key, labels: {}, source: { kind: 'existing' } }];
  });
}
