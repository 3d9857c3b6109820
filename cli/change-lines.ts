import type { ManifestChange, Platform } from '../topology/index.js';

/** What a deploy does to the programs that run, as lines for people. */
export function changeLines(changes: readonly ManifestChange[], platform: Platform): string[] {
  return changes.map(({ what, from, to, of }) => {
    const whom = of.join(', ');
    if (what !== 'runtime') return `${what} ${from ?? 'none'} → ${to ?? 'none'}: ${HOW[platform]} (${whom})`;
    return to === undefined ? `no longer runs: ${whom}` : `runs for the first time: ${whom}`;
  });
}

/** How a platform brings about a new image or binary. */
const HOW: Readonly<Record<Platform, string>> = {
  kubernetes: 'pods are replaced when their turns have finished, and volumes stay',
  azure: 'container groups are deleted and created again, and shares stay',
  local: 'runtimes start with it at the next "up", and homes stay',
};
