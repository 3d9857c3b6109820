import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { GATEWAY_ENV } from '../../topology/index.js';
import { environmentOf } from '../support/processes.js';

/** What a process had at a moment. */
export interface Sample {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Resident memory. */
  readonly memoryMiB: number;
  readonly openFiles: number;
}

export type Role = 'host' | 'runtime' | 'gateway';

/** A host, a runtime or a gateway, whichever processes it has been one after another. */
export interface Part {
  readonly role: Role;
  /** `<deployment>/<runtime>` or `<deployment>/gateway`. */
  readonly name: string;
  readonly pids: Set<number>;
  readonly samples: Sample[];
}

/** Memory and open files of every part of the deployments below a directory, again and again. */
export class Vitals {
  readonly parts: Part[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly root: string,
    private readonly intervalMs: number,
  ) {}

  start(): void {
    this.look();
    this.#timer = setInterval(() => this.look(), this.intervalMs);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.look();
  }

  /** Takes one sample of each process. */
  look(): void {
    for (const { pid, role, name } of deployedProcesses(this.root)) {
      const sample = sampleOf(pid);
      if (!sample) continue;
      let part = this.parts.find((known) => known.role === role && known.name === name);
      if (!part) this.parts.push((part = { role, name, pids: new Set(), samples: [] }));
      part.pids.add(pid);
      part.samples.push(sample);
    }
  }
}

interface Process {
  readonly pid: number;
  readonly role: Role;
  readonly name: string;
}

/** Hosts, runtimes and gateways of the deployments below a directory. */
export function deployedProcesses(root: string): Process[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.flatMap((name): Process[] => {
    const pid = Number(name);
    const env = environmentOf(pid);
    const file = env.COPILOT_HOME ?? env[GATEWAY_ENV.config];
    if (!file?.startsWith(`${root}/`)) return [];
    const deployment = path.relative(root, file).split(path.sep)[0]!;
    const runtime = env.COPILOT_RUNTIMES_RUNTIME;
    if (runtime === undefined) return [{ pid, role: 'gateway', name: `${deployment}/gateway` }];
    // Only the runtime is given the connection token in its environment; its host reads the file.
    const role = env.COPILOT_CONNECTION_TOKEN === undefined ? 'host' : 'runtime';
    return [{ pid, role, name: `${deployment}/${runtime}` }];
  });
}

/** Undefined when the process has ended. */
export function sampleOf(pid: number): Sample | undefined {
  try {
    const resident = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    if (resident === undefined) return undefined;
    const openFiles = readdirSync(`/proc/${pid}/fd`).length;
    return { at: Date.now(), memoryMiB: Number(resident) / 1024, openFiles };
  } catch {
    return undefined;
  }
}
