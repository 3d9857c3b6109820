import type { Part, Role, Sample } from './vitals.js';

type Figures = Omit<Sample, 'at'>;

/** Memory of the container that a runtime and its host would have. */
export const CONTAINER_MIB = 320;

/**
 * How much more a part may have in the last quarter of the run than in the second, each by its median. The first quarter
 * is the warming up.
 */
export const MOST_GROWTH: Readonly<Record<Role, Figures>> = {
  host: { memoryMiB: 8, openFiles: 3 },
  gateway: { memoryMiB: 15, openFiles: 5 },
  // Its memory rises with every turn until its host replaces it.
  runtime: { memoryMiB: 40, openFiles: 5 },
};

/** What a part may have at any moment: more than it ever has, for a runtime what its container leaves beside the host. */
export const MOST: Readonly<Record<Role, Figures>> = {
  host: { memoryMiB: 70, openFiles: 60 },
  gateway: { memoryMiB: 120, openFiles: 120 },
  runtime: { memoryMiB: CONTAINER_MIB - 55, openFiles: 120 },
};

/** Four for each quarter of the run: with fewer, a median tells nothing. */
const LEAST_SAMPLES = 16;

export interface Growth {
  readonly part: Part;
  /** Medians of the second quarter. */
  readonly before: Figures;
  /** Medians of the last quarter. */
  readonly after: Figures;
}

/** How each part has grown that was seen often enough. */
export function growthOf(parts: readonly Part[]): Growth[] {
  return parts.flatMap((part) => {
    const { samples } = part;
    if (samples.length < LEAST_SAMPLES) return [];
    const quarter = Math.floor(samples.length / 4);
    const before = mediansOf(samples.slice(quarter, 2 * quarter));
    return [{ part, before, after: mediansOf(samples.slice(-quarter)) }];
  });
}

/** What has more than it may have, or has grown more than it may. */
export function excesses(parts: readonly Part[]): string[] {
  const figures = ['memoryMiB', 'openFiles'] as const;
  const most = parts.flatMap((part) =>
    figures.flatMap((figure) => {
      const [found, allowed] = [mostOf([part], figure), MOST[part.role][figure]];
      return found > allowed
        ? [`the ${part.role} of ${part.name} had ${found} ${figure}, more than ${allowed}`]
        : [];
    }),
  );
  const grown = growthOf(parts).flatMap(({ part: { role, name }, before, after }) =>
    figures.flatMap((figure) => {
      const allowed = MOST_GROWTH[role][figure];
      const change = `from ${before[figure]} to ${after[figure]} ${figure}`;
      return after[figure] - before[figure] > allowed
        ? [`the ${role} of ${name} grew ${change}, by more than ${allowed}`]
        : [];
    }),
  );
  return [...most, ...grown];
}

/** The most that any of the parts ever had. */
export const mostOf = (parts: readonly Part[], figure: keyof Figures) =>
  round(Math.max(...parts.flatMap(({ samples }) => samples.map((sample) => sample[figure]))));

const round = (value: number) => Math.round(value * 10) / 10;

function mediansOf(samples: readonly Sample[]): Figures {
  const median = (values: number[]) => round(values.sort((a, b) => a - b)[Math.floor(values.length / 2)]!);
  return {
    memoryMiB: median(samples.map(({ memoryMiB }) => memoryMiB)),
    openFiles: median(samples.map(({ openFiles }) => openFiles)),
  };
}
