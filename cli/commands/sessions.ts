import Table from 'cli-table3';
import { Command, InvalidArgumentError } from 'commander';

import { readInput } from '../../stacks/files.js';
import { parseManifest } from '../../topology/index.js';
import { age } from '../age.js';
import { withClusterOptions } from '../cluster-options.js';
import { UsageError } from '../exit.js';
import { colors, plural, print } from '../output.js';
import { BORDERLESS } from '../plan-table.js';
import { lookAtSessions, type SessionsRow } from '../sessions.js';
import type { ClusterFlags } from '../suite-target.js';

interface SessionsFlags extends ClusterFlags {
  readonly manifest: string;
  readonly expired?: boolean;
  readonly dryRun?: boolean;
  readonly olderThan?: number;
  readonly json?: boolean;
}

export function sessionsCommand(): Command {
  return withClusterOptions(
    new Command('sessions')
      .description('Count the sessions of every runtime of a deployment, and delete expired ones.')
      .requiredOption('--manifest <file>', 'deployment manifest, as "up" or "cdktf synth" wrote it')
      .option('--expired', 'delete the sessions that nobody has used for runtime.sessionTtlHours')
      .option('--dry-run', 'with --expired: name them, and delete nothing')
      .option('--older-than <hours>', 'another time than that of the topology', hours)
      .option('--json', 'print the same as JSON'),
  ).action(async (flags: SessionsFlags) => {
    const manifest = parseManifest(await readInput(flags.manifest), flags.manifest);
    if (flags.dryRun && !flags.expired) throw new UsageError('--dry-run tries --expired: add it');
    const options = { dryRun: !flags.expired || flags.dryRun === true, ttlHours: flags.olderThan };
    const rows = await lookAtSessions(manifest, flags.manifest, options, flags);
    if (flags.json) print(JSON.stringify(rows, null, 2));
    else show(rows, flags);
  });
}

function hours(text: string): number {
  if (/^\d{1,6}$/.test(text) && Number(text) > 0) return Number(text);
  throw new InvalidArgumentError('it must be a whole number of hours, 1 or more.');
}

function show(rows: readonly SessionsRow[], { expired, dryRun }: SessionsFlags): void {
  const table = new Table({
    head: ['runtime', 'sessions', 'expired', 'deleted', 'oldest use'].map((title) => colors.bold(title)),
    style: { head: [], border: [] },
    chars: BORDERLESS,
  });
  for (const { runtime, sessions, expired: found, deleted, oldestUse } of rows) {
    const since = oldestUse === undefined ? '–' : age(Math.round((Date.now() - oldestUse) / 1000));
    table.push([runtime, sessions, found.length, deleted, since]);
  }
  print(table.toString());
  const names = rows.flatMap(({ runtime, expired: found }) => found.map((id) => `${runtime}  ${id}`));
  if (expired && dryRun) for (const name of names) print(name);
  if (!expired && names.length > 0) {
    print(
      `${plural(names.length, 'expired session')}: "--expired" deletes, "--expired --dry-run" names them`,
    );
  }
}
