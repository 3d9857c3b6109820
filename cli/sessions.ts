import pLimit from 'p-limit';

import { expiredSessions } from '../backup/keeper/index.js';
import { RuntimeLink } from '../services/runtime-host/link.js';
import { lookAtHome, type SessionsFound } from '../services/session-keeper/look.js';
import { LocalTarget } from '../smoke/index.js';
import { TargetError } from '../smoke/targets/target-error.js';
import type { Manifest, ManifestRuntime } from '../topology/index.js';

import { keepersOf } from './session-keepers.js';
import type { ClusterFlags } from './suite-target.js';

/** Programs that are started on a cluster or Azure at the same time. */
const AT_ONCE = 8;

/** The sessions of one runtime. */
export interface SessionsRow extends SessionsFound {
  readonly runtime: string;
}

export interface LookOptions {
  readonly dryRun: boolean;
  /** Hours after its last use when a session is expired. @default - as the manifest says of each runtime */
  readonly ttlHours?: number | undefined;
}

/** A look at the sessions of one runtime. */
interface Look {
  readonly runtime: string;
  readonly described: ManifestRuntime;
  readonly ttlHours: number;
  readonly dryRun: boolean;
}

/**
 * Looks at the sessions of every active runtime of a deployment, and deletes expired ones unless it is only tried.
 * Sessions that replicas share are never deleted: the lock of the gateway alone knows which are in use.
 *
 * @throws TargetError or BackupError when a runtime does not run, or its home cannot be read
 */
export async function lookAtSessions(
  manifest: Manifest,
  manifestFile: string,
  options: LookOptions,
  flags: ClusterFlags,
): Promise<SessionsRow[]> {
  const look = await lookerFor(manifest, manifestFile, flags);
  const looks = Object.entries(manifest.runtimes).flatMap(([runtime, described]): Look[] => {
    const { state, expect } = described;
    const ttlHours = options.ttlHours ?? expect.sessionTtlHours;
    const dryRun = options.dryRun || expect.sharedSessions === true;
    return state !== 'active' || ttlHours === undefined ? [] : [{ runtime, described, ttlHours, dryRun }];
  });
  const limit = pLimit(AT_ONCE);
  return Promise.all(looks.map((one) => limit(async () => ({ runtime: one.runtime, ...(await look(one)) }))));
}

type Looker = (look: Look) => Promise<SessionsFound>;

async function lookerFor(manifest: Manifest, manifestFile: string, flags: ClusterFlags): Promise<Looker> {
  switch (manifest.platform) {
    case 'local': {
      const target = new LocalTarget(manifest, manifestFile);
      return (look) => lookHere(target, look);
    }
    case 'kubernetes':
    case 'azure': {
      const keeperOf = await keepersOf(manifest.platform, flags);
      return ({ runtime, described, ttlHours, dryRun }) =>
        expiredSessions(keeperOf(runtime, described), { ttlHours, dryRun });
    }
  }
}

async function lookHere(target: LocalTarget, look: Look): Promise<SessionsFound> {
  const { runtime, described, ttlHours, dryRun } = look;
  const link = new RuntimeLink(await target.address(runtime), await target.secret(described.connectionToken));
  try {
    return await lookAtHome({ home: target.home(runtime), link, ttlHours, dryRun });
  } catch (error) {
    throw new TargetError(
      `cannot look at the sessions of ${runtime} (${(error as Error).message}): see "copilot-runtimes status"`,
      { cause: error },
    );
  } finally {
    link.close();
  }
}
