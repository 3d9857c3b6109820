import { z } from 'zod';

import { parsed } from './json.js';

/** What a host tells of its runtime; what it cannot know is left out. */
export interface Usage {
  /** Version of the runtime. */
  readonly version?: string;
  /** In the memory of the runtime. */
  readonly liveSessions?: number;
  /** On the volume. */
  readonly sessions?: number;
  readonly runningTurns?: number;
  /** Of the runtime process. */
  readonly memoryBytes?: number;
  /** Volume that the sessions are on. */
  readonly volume?: { readonly sizeBytes: number; readonly usedBytes: number };
  /** Why another start of it would fail, or give less than this one. @default - it would not */
  readonly restartObstacle?: string;
  /** When that was, in milliseconds since 1970. @default - just now */
  readonly at?: number;
}

const amount = z.number().nonnegative().optional();

/** What a host answers to `/statusz`, and logs; newer and older ones may say more or less. */
const status = z.object({
  ready: z.boolean(),
  reason: z.string().optional(),
  restartObstacle: z.string().optional(),
  version: z.string().optional(),
  liveSessions: amount,
  sessions: amount,
  runningTurns: amount,
  residentMemoryBytes: amount,
  volumeSizeBytes: amount,
  volumeFreeBytes: amount,
});
/** What every host answers to `/readyz`. */
const readiness = z.object({ status: z.enum(['ok', 'failed']), reason: z.string().optional() });
const line = status.extend({ msg: z.literal('status'), time: z.iso.datetime() });

/** How a runtime stands by the word of its host. */
export interface HostStatus {
  /** Why it is not ready. @default - it is */
  readonly notReady?: string;
  readonly usage: Usage;
}

/** Reads the answer to `/statusz` or `/readyz`; undefined where it is neither. */
export function readStatus(body: string): HostStatus | undefined {
  const answer = parsed(body);
  const { data } = status.safeParse(answer);
  if (data) return { ...whyNot(data.ready, data.reason), usage: usageOf(data) };
  const { data: short } = readiness.safeParse(answer);
  return short && { ...whyNot(short.status === 'ok', short.reason), usage: {} };
}

const whyNot = (ready: boolean, reason = 'its host does not say why') => (ready ? {} : { notReady: reason });

/** What a host said last in its log; undefined when it has not yet. */
export function lastUsage(log: string): Usage | undefined {
  for (const text of log.split('\n').toReversed()) {
    const { data } = line.safeParse(parsed(text));
    if (data) return { ...usageOf(data), at: Date.parse(data.time) };
  }
  return undefined;
}

function usageOf(of: z.output<typeof status>): Usage {
  const { version, liveSessions, sessions, runningTurns, residentMemoryBytes: memoryBytes } = of;
  const { restartObstacle, volumeSizeBytes, volumeFreeBytes } = of;
  const known = { version, liveSessions, sessions, runningTurns, memoryBytes, restartObstacle };
  return {
    ...Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined)),
    // Some file systems do not say how large they are.
    ...(volumeSizeBytes &&
      volumeFreeBytes !== undefined && {
        volume: { sizeBytes: volumeSizeBytes, usedBytes: volumeSizeBytes - volumeFreeBytes },
      }),
  };
}
