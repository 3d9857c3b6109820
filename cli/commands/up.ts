import { Command } from 'commander';

import { bringUp, readGivenSecrets, type DeploymentEvent } from '../../local/index.js';
import { loadTopology, updateLock } from '../../stacks/files.js';
import { InputError } from '../../topology/index.js';
import { EXIT_FAILED } from '../exit.js';
import { untilInterrupted } from '../interrupt.js';
import { colors, plural, print } from '../output.js';
import { planTable } from '../plan-table.js';
import { openDeployment, prepareSuite, proveDeployment, type SuiteFlags } from '../suite-run.js';
import { topologyFile } from '../topology-file.js';

import { withSuiteOptions } from './smoke.js';

interface UpFlags extends SuiteFlags {
  readonly state: string;
  readonly keep?: boolean;
  readonly smoke: boolean;
}

export function upCommand(): Command {
  return withSuiteOptions(
    new Command('up')
      .description(
        'Start the runtimes of a local topology, prove that they are isolated, and end them again.',
      )
      .argument('[topology]', 'file; default: $TOPOLOGY, topology.yaml or the bundled hybrid example')
      .option('--keep', 'keep the runtimes up until Ctrl-C')
      .option('--no-smoke', 'start only')
      .option('--state <dir>', 'where homes, tokens and logs are kept', '.copilot-runtimes'),
  ).action(up);
}

async function up(argument: string | undefined, flags: UpFlags): Promise<void> {
  const begun = performance.now();
  const file = topologyFile(argument, { demo: true });
  const report = flags.report ?? 'reports';
  const loaded = await loadTopology(file);
  if (loaded.plan.platform !== 'local') {
    throw new InputError(file, [
      {
        path: ['platform'],
        message: `is ${loaded.plan.platform}, and "up" starts local topologies: set platform: local, or deploy with cdktf`,
      },
    ]);
  }
  await readGivenSecrets(loaded.plan, process.env, file);
  const options = await prepareSuite({ ...flags, ...(flags.smoke && { report }) });
  print(`${file}\n${planTable(loaded.plan)}\n`);

  // Before anything is created: a volume that exists must stand in the lock, and a stale lock must stop CI.
  await updateLock(loaded);

  const { signal, ended } = untilInterrupted();
  const deployment = await bringUp(loaded.plan, {
    stateRoot: flags.state,
    source: file,
    signal,
    onEvent: show,
  });
  try {
    print(`ready in ${((performance.now() - begun) / 1000).toFixed(1)} s\n`);
    if (flags.smoke) {
      const code = await proveDeployment(
        await openDeployment(deployment.manifestFile),
        { ...options, signal },
        { ...flags, report },
        deployment.secrets,
      );
      // A runtime that was given up has set it already.
      process.exitCode ||= code;
    }
    if (flags.keep) {
      print(`manifest: ${deployment.manifestFile}\nrunning until Ctrl-C`);
      await ended();
    }
  } finally {
    const count = loaded.plan.runtimes.filter(({ state }) => state === 'active').length;
    await deployment.stop();
    print(`${plural(count, 'runtime')} ended; state is kept in ${deployment.stateDirectory}`);
  }
}

function show(event: DeploymentEvent): void {
  switch (event.type) {
    case 'ready':
      return print(`${colors.green('✔')} ${event.runtime} ready in ${event.startedInMs} ms`);
    case 'died':
      return print(
        `${colors.yellow('!')} ${event.runtime} died (${event.reason})${event.again ? ': it is started again' : ''}`,
      );
    case 'gave-up':
      process.exitCode = EXIT_FAILED;
      return print(
        `${colors.red('✘')} ${event.runtime} keeps dying (${event.reason}): see its log, then run up again`,
      );
    case 'purged':
      return print(`${colors.yellow('!')} the state of ${event.item} was deleted, as purge says`);
    case 'secret-kept':
      return print(`${colors.yellow('!')} ${event.reason}: the value in force stays`);
    case 'cleaned-up':
      return print(
        `${colors.yellow('!')} ${event.runtime} was still running from a run that was killed: it was ended`,
      );
  }
}
