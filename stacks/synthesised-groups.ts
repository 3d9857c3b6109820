import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

import { z } from 'zod';

/** Where Terraform has a resource. */
interface Address {
  /** Directory of the stack. */
  readonly directory: string;
  /** Such as `azurerm_container_group.acme`. */
  readonly address: string;
}

const TYPE = 'azurerm_container_group';

const stack = z.object({
  resource: z.object({ [TYPE]: z.record(z.string(), z.object({ name: z.string() })).optional() }).optional(),
});

/**
 * Container groups of the stacks that `cdktf synth` wrote, by name; none where nothing was written yet.
 *
 * @param outdir of the cdktf app
 */
export async function synthesisedGroups(outdir: string): Promise<ReadonlyMap<string, Address>> {
  const stacks = path.join(outdir, 'stacks');
  const names = await readdir(stacks).catch(() => []);
  const groups = await Promise.all(names.map((name) => groupsIn(path.join(stacks, name))));
  return new Map(groups.flat());
}

async function groupsIn(directory: string): Promise<(readonly [string, Address])[]> {
  const text = await readFile(path.join(directory, 'cdk.tf.json'), 'utf8').catch(() => '{}');
  const { data } = stack.safeParse(JSON.parse(text));
  return Object.entries(data?.resource?.[TYPE] ?? {}).map(([id, { name }]) => [
    name,
    { directory, address: `${TYPE}.${id}` },
  ]);
}
