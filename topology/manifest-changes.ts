import type { Manifest, ManifestRuntime } from './manifest.js';

/** A setting of runtimes that a deploy changes. */
export interface ManifestChange {
  readonly what: 'image' | 'binary' | 'runtime';
  /** Absent for a runtime that is new. */
  readonly from?: string;
  /** Absent for a runtime that goes. */
  readonly to?: string;
  /** Ids of the runtimes, and `gateway`. */
  readonly of: readonly string[];
}

/** What a deploy does to the programs of a deployment: which of them run from another image or binary, come or go. */
export function manifestChanges(deployed: Manifest, planned: Manifest): ManifestChange[] {
  const [before, after] = [programsOf(deployed), programsOf(planned)];
  const changes = new Map<string, ManifestChange>();
  const add = (id: string, what: ManifestChange['what'], from?: string, to?: string) => {
    const key = [what, from, to].join('\n');
    const of = [...(changes.get(key)?.of ?? []), id];
    changes.set(key, { what, ...(from !== undefined && { from }), ...(to !== undefined && { to }), of });
  };
  for (const id of new Set([...before.keys(), ...after.keys()])) {
    const [old, fresh] = [before.get(id), after.get(id)];
    if (!old || !fresh) {
      add(id, 'runtime', old && 'runs', fresh && 'runs');
      continue;
    }
    for (const what of ['image', 'binary'] as const) {
      if (old[what] !== fresh[what]) add(id, what, old[what], fresh[what]);
    }
  }
  return [...changes.values()];
}

interface Program {
  readonly image: string | undefined;
  readonly binary: string | undefined;
}

/** Everything that runs. The gateway is of the image of the runtimes. */
function programsOf({ runtimes, gateway }: Manifest): ReadonlyMap<string, Program> {
  const active = Object.entries(runtimes).filter(([, { state }]) => state === 'active');
  const programs = new Map<string, Program>(
    active.map(([id, runtime]) => [id, { image: imageOf(runtime), binary: runtime.expect.binary }]),
  );
  const image = active.map(([, runtime]) => imageOf(runtime))[0];
  return gateway ? programs.set('gateway', { image, binary: undefined }) : programs;
}

const imageOf = ({ expect: { pod, group } }: ManifestRuntime) => (pod ?? group)?.image;
