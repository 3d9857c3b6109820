import { Command, InvalidArgumentError } from 'commander';

import type { RolloutOptions, RolloutOutcome } from '../../diagnosis/index.js';
import { readInput } from '../../stacks/files.js';
import { parseManifest, type Manifest } from '../../topology/index.js';
import { withClusterOptions } from '../cluster-options.js';
import { EXIT_FAILED, UsageError } from '../exit.js';
import { untilInterrupted } from '../interrupt.js';
import { errorColors, plural, print, printError } from '../output.js';
import { outcomeLines } from '../reason-lines.js';
import { openCluster, type ClusterFlags } from '../suite-target.js';

interface RolloutFlags extends ClusterFlags {
  readonly manifest: string;
  readonly timeout?: number;
  readonly json?: boolean;
}

export function rolloutCommand(): Command {
  return withClusterOptions(
    new Command('rollout')
      .description(
        'Wait until every runtime on a cluster or Azure runs in its newest version, or tell why it does not.',
      )
      .requiredOption('--manifest <file>', 'deployment manifest, as "cdktf synth" wrote it')
      .option(
        '--timeout <seconds>',
        'at most; it ends early when waiting is in vain; default: 180, on Azure 900',
        seconds,
      )
      .option('--json', 'print what came of each runtime as JSON'),
  ).action(async (flags: RolloutFlags) => {
    const manifest = parseManifest(await readInput(flags.manifest), flags.manifest);
    const outcomes = await rollOut(manifest, flags, {
      ...(flags.timeout !== undefined && { timeoutSeconds: flags.timeout }),
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

/** Loads a client only now: a wrong argument should not wait for it. */
async function rollOut(
  manifest: Manifest,
  flags: RolloutFlags,
  options: RolloutOptions,
): Promise<RolloutOutcome[]> {
  switch (manifest.platform) {
    case 'kubernetes': {
      const { awaitRollout, subjectsOf } = await import('../../cluster/index.js');
      return awaitRollout(await openCluster(flags), subjectsOf(manifest), options);
    }
    case 'azure': {
      const { awaitRollout, connectArm, subjectsOf } = await import('../../azure/index.js');
      return awaitRollout(await connectArm(), subjectsOf(manifest), options);
    }
    case 'local':
      throw new UsageError(
        `${flags.manifest} is of platform local, which has no rollout: use "copilot-runtimes status"`,
      );
  }
}

function seconds(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= 86_400) return value;
  throw new InvalidArgumentError('expected whole seconds from 1 to 86400.');
}
