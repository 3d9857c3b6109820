import { readdir } from 'node:fs/promises';
import { residentBytes } from '../memory.js';
import type { Metrics } from './registry.js';

/** What the runtime process and its host use; Linux only. */
export function processMetrics(metrics: Metrics, runtimePid: number): void {
  const startedAt = Date.now() / 1000;
  metrics.gauge('start_time_seconds', 'When the runtime was started, in seconds since 1970', () => startedAt);
  metrics.gauge('resident_memory_bytes', 'Memory of the runtime process', () => residentBytes(runtimePid));
  metrics.gauge('open_files', 'Open file descriptors of the runtime process', () => openFiles(runtimePid));
  metrics.gauge('host_resident_memory_bytes', 'Memory of the host beside it', () =>
    process.memoryUsage.rss(),
  );
}

async function openFiles(pid: number): Promise<number> {
  return (await readdir(`/proc/${pid}/fd`)).length;
}
