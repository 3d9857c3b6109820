import type { StatsFs } from 'node:fs';
import { statfs } from 'node:fs/promises';
import type { Metrics } from './registry.js';

/**
 * Room of the volume: sessions are many small files, so that inodes can be the first to run out.
 *
 * @param folder on it
 */
export function volumeMetrics(metrics: Metrics, folder: string): void {
  const gauge = (name: string, help: string, read: (of: StatsFs) => number) =>
    metrics.gauge(`volume_${name}`, help, async () => read(await statfs(folder)));
  gauge('size_bytes', 'Size of the volume that the sessions are on', ({ blocks, bsize }) => blocks * bsize);
  gauge('free_bytes', 'Bytes of the volume that can still be written', ({ bavail, bsize }) => bavail * bsize);
  gauge('inodes', 'Files that the volume can hold; 0 where it has no such limit', ({ files }) => files);
  gauge('free_inodes', 'Files that can still be created on the volume', ({ ffree }) => ffree);
}
