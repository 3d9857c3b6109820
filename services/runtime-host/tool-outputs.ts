import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from './failure.js';
import type { Log } from './log.js';
import type { Metrics } from './metrics/registry.js';

/** A tool result of more than 50 KB goes into such a file, which the runtime deletes when the session leaves its memory. */
const TOOL_OUTPUT = /^\d+-copilot-tool-output-[0-9a-f]+\.txt$/;

/** Half of what a pod's /tmp holds: a pod that exceeds that is evicted, with every session in it. */
const MOST_BYTES = 256 * 1024 * 1024;

/** A tool writes no more than this in the time between two looks, or the volume is full anyway. */
const LOOK_EVERY_SECONDS = 15;

export interface ToolOutputsProps {
  /** TMPDIR of the runtime, which no other runtime uses. */
  readonly directory: string;
  /** When the runtime was started, in milliseconds since 1970. */
  readonly startedAt: number;
  readonly metrics: Metrics;
  readonly log: Log;
  /** @default 268435456 */
  readonly mostBytes?: number;
}

interface Found {
  readonly path: string;
  readonly bytes: number;
  readonly writtenAt: number;
}

/**
 * Keeps large tool outputs from filling the temporary directory: those of a runtime that was killed, which nobody reads any
 * more, and the oldest of a runtime whose sessions live so long that theirs pile up. A model that looks for such a file
 * again is told that it is not there.
 *
 * @returns looks no more
 */
export function boundToolOutputs(props: ToolOutputsProps): () => void {
  const { directory, metrics, log } = props;
  metrics.gauge('tool_output_bytes', 'Large tool outputs in the temporary directory', async () =>
    sum(await toolOutputs(directory)),
  );
  const look = async () => {
    try {
      const [files, bytes] = await deleteSuperfluous(props);
      if (files > 0) log.info({ files, bytes }, 'deleted large tool outputs');
    } catch (error) {
      log.warn({ reason: messageOf(error) }, 'large tool outputs could not be deleted');
    }
  };
  void look();
  const timer = setInterval(() => void look(), LOOK_EVERY_SECONDS * 1000).unref();
  return () => clearInterval(timer);
}

/** @returns how many files, and how many bytes they took */
export async function deleteSuperfluous({
  directory,
  startedAt,
  mostBytes = MOST_BYTES,
}: Pick<ToolOutputsProps, 'directory' | 'startedAt' | 'mostBytes'>): Promise<[files: number, bytes: number]> {
  const oldestFirst = (await toolOutputs(directory)).sort((a, b) => a.writtenAt - b.writtenAt);
  let left = sum(oldestFirst);
  const superfluous = oldestFirst.filter(({ bytes, writtenAt }) => {
    if (writtenAt >= startedAt && left <= mostBytes) return false;
    left -= bytes;
    return true;
  });
  await Promise.all(superfluous.map(({ path }) => rm(path, { force: true })));
  return [superfluous.length, sum(superfluous)];
}

async function toolOutputs(directory: string): Promise<Found[]> {
  const names = (await readdir(directory)).filter((name) => TOOL_OUTPUT.test(name));
  const found = await Promise.all(
    names.map(async (name) => {
      const path = join(directory, name);
      // The runtime may delete it at any time.
      const file = await stat(path).catch(() => undefined);
      return file && { path, bytes: file.size, writtenAt: file.mtimeMs };
    }),
  );
  return found.filter((file) => file !== undefined);
}

const sum = (files: readonly Found[]) => files.reduce((bytes, file) => bytes + file.bytes, 0);
