import { readFile } from 'node:fs/promises';
import { messageOf } from './failure.js';
import type { Log } from './log.js';

/** Longest pause between two looks, in milliseconds. */
const LOOK_MS = 10_000;

export interface MemoryProps {
  readonly runtimePid: number;
  /** Resident memory that is too much. */
  readonly mostMiB: number;
  /** How long a runtime is kept at least, in seconds. */
  readonly keepSeconds: number;
  readonly log: Log;
  /** Told once, when the runtime has had too much for long enough. */
  readonly onTooMuch: (residentMiB: number) => void;
}

/**
 * Watches the memory of a runtime process: the native one never gives back what a turn took, about 0.17 MiB, so that in
 * the end the platform would kill it in the middle of a turn. One that has too much soon after its start needs that
 * much; replacing it again and again would only cut off its clients.
 *
 * @returns looks no more
 */
export function watchMemory({ runtimePid, mostMiB, keepSeconds, log, onTooMuch }: MemoryProps): () => void {
  const keptUntil = Date.now() + keepSeconds * 1000;
  let warned = false;
  const look = async () => {
    const bytes = await residentBytes(runtimePid);
    if (bytes === undefined || bytes < mostMiB * 2 ** 20) return;
    const residentMiB = Math.round(bytes / 2 ** 20);
    if (Date.now() >= keptUntil) {
      clearInterval(timer);
      onTooMuch(residentMiB);
    } else if (!warned) {
      warned = true;
      log.warn(
        { residentMiB, mostMiB },
        'the runtime needs this memory soon after its start: raise runtime.resources.memoryMiB',
      );
    }
  };
  const timer = setInterval(
    () =>
      void look().catch((error: unknown) =>
        log.debug({ reason: messageOf(error) }, 'the memory of the runtime cannot be read'),
      ),
    Math.min(LOOK_MS, keepSeconds * 250),
  ).unref();
  return () => clearInterval(timer);
}

/** Resident memory of a process in bytes; Linux only. */
export async function residentBytes(pid: number): Promise<number | undefined> {
  const kibibytes = /^VmRSS:\s+(\d+) kB/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1];
  return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
}
