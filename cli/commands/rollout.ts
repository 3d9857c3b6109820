import { Command, InvalidArgumentError } from 'commander';

import { readInput } from '../../stacks/files.js';
import { parseManifest } from '../../topology/index.js';
import { withClusterOptions } from '../cluster-options.js';
import { EXIT_FAILED, UsageError } from '../exit.js';
import { untilInterrupted } from '../interrupt.js';
import { errorColors, plural, print, printError } from '../output.js';
import { outcomeLines } from '../reason-lines.js';
import { openCluster, type ClusterFlags } from '../suite-target.js';

interface RolloutFlags extends ClusterFlags {
  readonly manifest: string;
  readonly timeout: number;
  readonly json?: boolean;
}

export function rolloutCommand(): Command {
  return withClusterOptions(
    new Command('rollout')
      .description(
        'Wait until every runtime on a cluster runs in its newest version, or tell why it does not.',
      )
      .requiredOption('--manifest <file>', 'deployment manifest, as "cdktf synth" wrote it')
      .option('--timeout <seconds>', 'at most; it ends early when waiting is in vain', seconds, 180)
      .option('--json', 'print what came of each runtime as JSON'),
  ).action(async (flags: RolloutFlags) => {
    const manifest = parseManifest(await readInput(flags.manifest), flags.manifest);
    if (manifest.platform !== 'kubernetes') {
      throw new UsageError(
        `${flags.manifest} is of platform ${manifest.platform}, which has no rollout: use "copilot-runtimes status"`,
      );
    }
    // Only now: a wrong argument should not wait for the client of the cluster to load.
    const { awaitRollout, subjectsOf } = await import('../../cluster/index.js');
    const outcomes = await awaitRollout(await openCluster(flags), subjectsOf(manifest), {
      timeoutSeconds: flags.timeout,
      signal: untilInterrupted().signal,
      onSettled: (outcome) => {
        if (!flags.json) outcomeLines(outcome).forEach((line) => print(line));
      },
    });
    const failed = outcomes.filter(({ reasons }) => reasons.length > 0);
    if (flags.json) {
      const rows = outcomes.map(({ runtime, reasons }) => ({ runtime, ok: reasons.length === 0, reasons }));
      print(JSON.stringify(rows, null, 2));
    }
    if (failed.length === 0) {
      if (!flags.json) print(`${manifest.name}: ${plural(outcomes.length, 'runtime')} as planned`);
      return;
    }
    printError(
      `${errorColors.red('failed')} ${manifest.name}: ${failed.length} of ${plural(outcomes.length, 'runtime')} not as planned; no state was touched, the next good deploy repairs it`,
    );
    process.exitCode = EXIT_FAILED;
  });
}

function seconds(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= 86_400) return value;
  throw new InvalidArgumentError('expected whole seconds from 1 to 86400.');
}
