import { readdirSync, readFileSync } from 'node:fs';
import net from 'node:net';

/** The environment of a process; empty when it has ended. */
export function environmentOf(pid: number): Readonly<Record<string, string>> {
  try {
    const lines = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').filter(Boolean);
    return Object.fromEntries(
      lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    );
  } catch {
    return {};
  }
}

/** Hosts, runtimes and what they started for homes below this directory, whoever their parent is now. */
export function processesOf(stateRoot: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => environmentOf(pid).COPILOT_HOME?.startsWith(`${stateRoot}/`));
}

/** The process of a runtime, which unlike its host has the connection token in its environment. */
export function runtimePid(stateRoot: string, runtime: string): number | undefined {
  return processesOf(stateRoot).find((pid) => {
    const env = environmentOf(pid);
    return env.COPILOT_RUNTIMES_RUNTIME === runtime && env.COPILOT_CONNECTION_TOKEN !== undefined;
  });
}

/** State of a process as proc(5) names it, e.g. `Z` for a zombie; undefined when there is none. */
export function stateOf(pid: number): string | undefined {
  try {
    return /^State:\s+(\S)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  } catch {
    return undefined;
  }
}

/** Whether a process is there and no zombie. */
export function isRunning(pid: number): boolean {
  return ![undefined, 'Z', 'X'].includes(stateOf(pid));
}

/** Whether somebody listens on a port of this machine. */
export function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
