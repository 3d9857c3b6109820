import path from 'node:path';

import type { Command } from 'commander';

import { FolderStore, placementOf, sessionsOf, type Placement, type SessionStore } from '../backup/index.js';
import { KeeperStore } from '../backup/keeper/index.js';
import { RuntimeLink } from '../services/runtime-host/link.js';
import { Activity } from '../services/session-keeper/activity.js';
import { LocalTarget } from '../smoke/index.js';
import { TargetError } from '../smoke/targets/target-error.js';
import { readInput } from '../stacks/files.js';
import { parseManifest, type Manifest } from '../topology/index.js';

import { withClusterOptions } from './cluster-options.js';
import { UsageError } from './exit.js';
import { folderStores, sessionsFolder } from './session-folders.js';
import { keepersOf } from './session-keepers.js';
import type { ClusterFlags } from './suite-target.js';

/** Where sessions are looked for. */
export interface StoreFlags extends ClusterFlags {
  /** Folder that holds the sessions of a runtime, by its id. @default - they are where the deployment has them */
  readonly sessions?: ReadonlyMap<string, string>;
}

/** Adds the flags that say where sessions are looked for. */
export function withStoreOptions(command: Command): Command {
  return withClusterOptions(command).option(
    '--sessions <runtime=folder>',
    'where a copy of the sessions of a runtime lies; once for each runtime',
    sessionsFolder,
  );
}

/** A tenant of a deployment, and where its sessions lie. */
export interface TenantSessions {
  readonly manifest: Manifest;
  /** Of the manifest. */
  readonly directory: string;
  /** In front of the ids that its sessions have there. */
  readonly prefix: string;
  readonly stores: readonly SessionStore[];
  close(): Promise<void>;
}

/** @throws UsageError for a platform that cannot be reached, or a tenant that has nothing there */
export async function tenantSessions(
  manifestFile: string,
  tenant: string,
  flags: StoreFlags,
): Promise<TenantSessions> {
  const manifest = parseManifest(await readInput(manifestFile), manifestFile);
  const placement = placementOf(manifest, tenant);
  if (!placement) throw new UsageError(whyNothing(manifest, manifestFile, tenant));
  const directory = path.dirname(path.resolve(manifestFile));
  const opened = { manifest, directory, prefix: placement.prefix };
  if (manifest.platform === 'local') {
    if (flags.sessions) {
      throw new UsageError(
        `${manifestFile} is of platform local, whose sessions lie beside it: leave --sessions out`,
      );
    }
    return { ...opened, ...localStores(manifest, manifestFile, placement) };
  }
  if (flags.sessions) {
    return { ...opened, stores: folderStores(placement, flags.sessions), close: async () => undefined };
  }
  refuseStopped(manifest, manifestFile, tenant, placement);
  const keeperOf = await keepersOf(manifest.platform, flags);
  const stores = placement.runtimes.map((id) => new KeeperStore(keeperOf(id, manifest.runtimes[id]!)));
  return { ...opened, stores, close: async () => undefined };
}

function whyNothing({ routes }: Manifest, file: string, tenant: string): string {
  const route = Object.hasOwn(routes, tenant) ? routes[tenant] : undefined;
  if (!route) return `${file} has no tenant ${tenant}: use one of ${Object.keys(routes).join(', ')}`;
  const now = route.to === 'nowhere' ? route.state : `served by ${route.to}`;
  return `tenant ${tenant} has no sessions in ${file}: it is ${now}`;
}

/** Without a pod or container group nothing has the volume mounted. */
function refuseStopped(
  { platform, runtimes }: Manifest,
  file: string,
  tenant: string,
  { runtimes: ids }: Placement,
): void {
  const id = ids.find((one) => runtimes[one]!.state !== 'active');
  if (id === undefined) return;
  const { state, expect } = runtimes[id]!;
  const [who, where] = platform === 'azure' ? ['container group', 'share'] : ['pod', 'volume'];
  const { share } = expect.group ?? {};
  const copied = share ? `share ${share.name} of ${share.account}` : `the ${where}`;
  throw new UsageError(
    `tenant ${tenant} is ${state} in ${file}, so that no ${who} has its ${where} mounted: make it active, deploy, and run this again (its clients can stay stopped), or name a copy of ${copied} with --sessions ${ids[0]}=<folder>`,
  );
}

function localStores(
  manifest: Manifest,
  manifestFile: string,
  { runtimes }: Placement,
): Pick<TenantSessions, 'stores' | 'close'> {
  const target = new LocalTarget(manifest, manifestFile);
  const activities = new Map(runtimes.map((id) => [id, new Activity(() => linkTo(manifest, target, id))]));
  return {
    stores: [...activities].map(
      ([runtime, { isBusy }]) =>
        new FolderStore({ runtime, sessions: sessionsOf(target.home(runtime)), isBusy }),
    ),
    close: async () => {
      for (const activity of activities.values()) await activity.close();
    },
  };
}

/** @returns undefined when the runtime does not run */
async function linkTo(
  { runtimes }: Manifest,
  target: LocalTarget,
  runtime: string,
): Promise<RuntimeLink | undefined> {
  try {
    const token = await target.secret(runtimes[runtime]!.connectionToken);
    return new RuntimeLink(await target.address(runtime), token);
  } catch (error) {
    if (error instanceof TargetError) return undefined;
    throw error;
  }
}
