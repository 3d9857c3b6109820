import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Drained } from './drain.js';

/** How the last drain of a home went, and when it ended, in milliseconds since 1970. */
export interface LastDrain extends Drained {
  readonly at: number;
}

const fileOf = (home: string) => join(home, '.copilot-runtimes', 'last-drain.json');

/** Keeps how a drain went for the metrics of the next host: those of this one are gone before anybody asks for them. */
export function keepDrain(home: string, drained: Drained): void {
  const file = fileOf(home);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify({ ...drained, at: Date.now() }));
}

/** @returns undefined when this home has never been drained, or cannot be read */
export function lastDrain(home: string): LastDrain | undefined {
  try {
    return JSON.parse(readFileSync(fileOf(home), 'utf8')) as LastDrain;
  } catch {
    return undefined;
  }
}
