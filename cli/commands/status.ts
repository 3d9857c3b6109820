import { Command } from 'commander';

import {
  AZURE_RULES,
  cite,
  explain,
  foresee,
  some,
  type Observation,
  type Reason,
} from '../../diagnosis/index.js';
import { observeLocal } from '../../local/index.js';
import { readInput } from '../../stacks/files.js';
import { parseManifest, type Manifest } from '../../topology/index.js';
import { withClusterOptions } from '../cluster-options.js';
import { EXIT_FAILED } from '../exit.js';
import { colors, plural, print } from '../output.js';
import { reasonLines } from '../reason-lines.js';
import { statusRow, statusTable, type StatusRow } from '../status-table.js';
import { openCluster, type ClusterFlags } from '../suite-target.js';

interface StatusFlags extends ClusterFlags {
  readonly manifest: string;
  readonly explain?: boolean;
  readonly json?: boolean;
}

export function statusCommand(): Command {
  return withClusterOptions(
    new Command('status')
      .description('Show how every runtime of a deployment stands, on this machine, a cluster or Azure.')
      .requiredOption('--manifest <file>', 'deployment manifest, as "up" or "cdktf synth" wrote it')
      .option('--explain', 'say of each that is not as planned why, and what to do')
      .option('--json', 'print rows with reasons as JSON'),
  ).action(async (flags: StatusFlags) => {
    const manifest = parseManifest(await readInput(flags.manifest), flags.manifest);
    const observations = await observeDeployment(manifest, flags);
    const rows = observations.map((seen) => statusRow(manifest, seen, reasonsFor(manifest, seen)));
    if (flags.json) print(JSON.stringify(rows, null, 2));
    else show(manifest, rows, flags);
    if (rows.some(({ ok }) => !ok)) process.exitCode = EXIT_FAILED;
  });
}

async function observeDeployment(manifest: Manifest, flags: StatusFlags): Promise<Observation[]> {
  switch (manifest.platform) {
    case 'local':
      return observeLocal(manifest, flags.manifest);
    case 'kubernetes': {
      const { observe, subjectsOf } = await import('../../cluster/index.js');
      return observe(await openCluster(flags), subjectsOf(manifest), { usage: true });
    }
    case 'azure': {
      const { connectArm, observe, subjectsOf } = await import('../../azure/index.js');
      return observe(await connectArm(), subjectsOf(manifest), { usage: true });
    }
  }
}

/** What is wrong now, and what will be. */
function reasonsFor(manifest: Manifest, seen: Observation): Reason[] {
  return [...presentReasons(manifest, seen), ...foresee(seen)];
}

/** What to do about a runtime that was not started differs by platform. */
function presentReasons({ platform }: Manifest, seen: Observation): Reason[] {
  if (platform === 'azure') return explain(seen, AZURE_RULES);
  return explain(seen).map((reason) =>
    platform === 'local' && reason.code === 'not-deployed'
      ? {
          ...reason,
          message: `it is not running${seen.lastWords === undefined ? '' : `; its log ends with: ${cite(seen.lastWords)}`}`,
          advice: 'start it with "copilot-runtimes up --keep"',
        }
      : reason,
  );
}

function show(manifest: Manifest, rows: readonly StatusRow[], flags: StatusFlags): void {
  print(statusTable(rows));
  for (const line of unknownLines(rows)) print(line);
  const wrong = rows.filter(({ ok }) => !ok);
  const remarkable = rows.filter(({ ok, reasons }) => !ok || reasons.length > 0);
  print(
    wrong.length === 0
      ? `${manifest.name}: ${plural(rows.length, 'runtime')} as planned`
      : `${manifest.name}: ${wrong.length} of ${plural(rows.length, 'runtime')} not as planned`,
  );
  if (remarkable.length > wrong.length)
    print(
      `${some(remarkable.filter(({ ok }) => ok).map(({ runtime }) => runtime))}: as planned, but not for ever`,
    );
  if (remarkable.length > 0 && !flags.explain) {
    print('"--explain" tells why');
    return;
  }
  for (const { runtime, reasons } of remarkable) {
    print(`${colors.bold(runtime)}`);
    for (const line of reasonLines(reasons)) print(line);
  }
}

/** Why a value is not known, once for all runtimes of which that is so. */
function unknownLines(rows: readonly StatusRow[]): string[] {
  const byReason = new Map<string, string[]>();
  for (const { runtime, unknown } of rows) {
    if (unknown !== undefined) byReason.set(unknown, [...(byReason.get(unknown) ?? []), runtime]);
  }
  return [...byReason].map(([why, runtimes]) => `–: ${some(runtimes)}: ${why}`);
}
