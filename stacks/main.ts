#!/usr/bin/env node
/** The cdktf app: `TOPOLOGY=prod.yaml npx cdktf synth|diff|deploy '*'|destroy`. */
import { InputError } from '../topology/index.js';

import { refuseDestroy } from './destroy-guard.js';
import { loadTopology, updateLock } from './files.js';

try {
  const file = process.env.TOPOLOGY;
  if (file === undefined || file === '') {
    throw new InputError('TOPOLOGY', [
      { path: [], message: 'is not set: TOPOLOGY=path/to/topology.yaml npx cdktf …' },
    ]);
  }
  const loaded = await loadTopology(file);
  await refuseDestroy(loaded);
  await updateLock(loaded);
  // Only now: a mistake in the topology should not wait for cdktf to load.
  const { synthesize } = await import('./synth.js');
  await synthesize(loaded.plan, process.env.CDKTF_OUTDIR ?? 'cdktf.out');
} catch (error) {
  // Not by its class, for that would load cdktf.
  const input = error instanceof InputError || (error instanceof Error && error.name === 'PropsError');
  if (!input) throw error;
  for (const line of error.message.split('\n')) process.stderr.write(`error ${line}\n`);
  process.exitCode = 2;
}
