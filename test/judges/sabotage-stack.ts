import path from 'node:path';

import { editStack, readResources, stackFiles } from './examples.js';
import type { Sabotage } from './sabotages.js';

/** Puts the flaw into the first resource of its type. */
export function sabotageStack(directory: string, { kind, edit }: Sabotage): void {
  for (const file of stackFiles(directory).map((name) => path.join(directory, name))) {
    const [id] = Object.keys(readResources(file)[kind] ?? {});
    if (id === undefined) continue;
    editStack(file, ({ resource }) => edit(resource[kind]?.[id]));
    return;
  }
  throw new Error(`the example has no ${kind}`);
}
