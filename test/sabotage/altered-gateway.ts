import { cp, readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { gatewayProgram, type ProgramLaunch } from '../../local/launch.js';

/** A place in the built gateway that is changed. */
export interface Alteration {
  /** Relative to services/gateway. */
  readonly file: string;
  /** Must be there once. */
  readonly from: string;
  readonly to: string;
}

/** The launch of a copy of the gateway in which something is changed, as a mistake in its code would. */
export async function withAlterations(
  launch: ProgramLaunch,
  alterations: readonly Alteration[],
): Promise<ProgramLaunch> {
  const built = path.resolve(gatewayProgram, '../../..');
  const copy = path.join(launch.directory, 'altered');
  await cp(built, copy, { recursive: true, filter: (file) => !file.endsWith('.map') });
  await writeFile(path.join(copy, 'package.json'), '{"type":"module"}');
  await symlink(path.resolve(built, '../node_modules'), path.join(copy, 'node_modules'));
  for (const { file, from, to } of alterations) {
    const place = path.join(copy, 'services/gateway', file);
    const parts = (await readFile(place, 'utf8')).split(from);
    if (parts.length !== 2) throw new Error(`${file} has ${parts.length - 1} times, not once: ${from}`);
    await writeFile(place, parts.join(to));
  }
  const program = path.join(copy, path.relative(built, gatewayProgram));
  return { ...launch, args: launch.args.map((arg) => (arg === gatewayProgram ? program : arg)) };
}
