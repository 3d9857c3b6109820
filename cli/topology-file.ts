import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { UsageError } from './exit.js';

const EXAMPLE = 'examples/local/hybrid.yaml';

/** Which topology a command is about: the argument, $TOPOLOGY, ./topology.yaml; `demo` adds the bundled example. */
export function topologyFile(argument: string | undefined, { demo = false } = {}): string {
  const named = argument ?? process.env.TOPOLOGY;
  if (named !== undefined && named !== '') return named;
  if (existsSync('topology.yaml')) return 'topology.yaml';
  if (demo) return bundled(EXAMPLE);
  throw new UsageError(
    'no topology: name a file, set TOPOLOGY, or write topology.yaml (copy one from examples/local)',
  );
}

/** A file of the package, relative to the working directory where that is shorter. */
function bundled(file: string): string {
  const root = path.resolve(fileURLToPath(import.meta.url), '../..').replace(/[/\\]dist$/, '');
  const absolute = path.join(root, file);
  const relative = path.relative(process.cwd(), absolute);
  return relative.startsWith('..') ? absolute : relative;
}
