import path from 'node:path';

import { placesOf, type TenantPlaces } from '../local/index.js';
import { RuntimeLink } from '../services/runtime-host/link.js';
import { LocalTarget } from '../smoke/index.js';
import { TargetError } from '../smoke/targets/target-error.js';
import { readInput } from '../stacks/files.js';
import { parseManifest, type Manifest } from '../topology/index.js';

import { UsageError } from './exit.js';

/** A tenant of a local deployment, and where its sessions lie. */
export interface TenantSessions {
  readonly manifest: Manifest;
  readonly target: LocalTarget;
  /** Of the manifest. */
  readonly directory: string;
  readonly places: TenantPlaces;
}

/** @throws UsageError for a platform that cannot be reached, or a tenant that has nothing there */
export async function tenantSessions(manifestFile: string, tenant: string): Promise<TenantSessions> {
  const manifest = parseManifest(await readInput(manifestFile), manifestFile);
  if (manifest.platform !== 'local') {
    throw new UsageError(
      `${manifestFile} is of platform ${manifest.platform}, whose volumes this version cannot read: take snapshots of them`,
    );
  }
  const directory = path.dirname(path.resolve(manifestFile));
  const places = placesOf(manifest, directory, tenant);
  if (places) return { manifest, target: new LocalTarget(manifest, manifestFile), directory, places };
  const known = Object.keys(manifest.routes);
  throw new UsageError(
    known.includes(tenant)
      ? `tenant ${tenant} has no sessions in ${manifestFile}: it is ${describeRoute(manifest, tenant)}`
      : `${manifestFile} has no tenant ${tenant}: use one of ${known.join(', ')}`,
  );
}

function describeRoute({ routes }: Manifest, tenant: string): string {
  const route = routes[tenant];
  return route?.to === 'nowhere' ? route.state : `served by ${route?.to}`;
}

/** Asks the runtimes of a deployment which sessions have a turn under way. One that does not run has none. */
export class BusySessions {
  readonly #links = new Map<string, Promise<RuntimeLink | undefined>>();

  constructor(private readonly of: Pick<TenantSessions, 'manifest' | 'target'>) {}

  readonly isBusy = async (runtime: string, sessionId: string): Promise<boolean> => {
    const link = await this.#link(runtime);
    const answer = await link?.call<{ hasActiveWork: boolean }>('session.metadata.activity', { sessionId });
    return answer?.hasActiveWork ?? false;
  };

  async close(): Promise<void> {
    for (const link of this.#links.values()) (await link)?.close();
  }

  #link(runtime: string): Promise<RuntimeLink | undefined> {
    const known = this.#links.get(runtime);
    if (known) return known;
    const opening = this.#open(runtime);
    this.#links.set(runtime, opening);
    return opening;
  }

  async #open(runtime: string): Promise<RuntimeLink | undefined> {
    const { manifest, target } = this.of;
    try {
      const link = new RuntimeLink(
        await target.address(runtime),
        await target.secret(manifest.runtimes[runtime]!.connectionToken),
      );
      await link.open();
      return link;
    } catch (error) {
      const refused = (error as NodeJS.ErrnoException).code === 'ECONNREFUSED';
      if (refused || error instanceof TargetError) return undefined;
      throw error;
    }
  }
}
