import { Command } from 'commander';

import { checkPlan } from '../../stacks/check-plan.js';
import { loadTopology, readInput } from '../../stacks/files.js';
import { parseTerraformPlan } from '../../stacks/terraform-plan.js';
import { EXIT_FAILED } from '../exit.js';
import { colors, errorColors, plural, print, printError } from '../output.js';
import { topologyFile } from '../topology-file.js';

export function checkPlanCommand(): Command {
  return new Command('check-plan')
    .description('Refuse a Terraform plan that deletes state of anybody who is not under purge.')
    .argument('<plan>', 'file by "terraform show -json plan.bin"; apply exactly that plan.bin')
    .option('--topology <file>', 'default: $TOPOLOGY or topology.yaml')
    .action(async (file: string, { topology }: { topology?: string }) => {
      const loaded = await loadTopology(topologyFile(topology));
      const { refusals, purges, warnings } = checkPlan(
        parseTerraformPlan(await readInput(file), file),
        loaded,
        file,
      );
      for (const line of warnings) print(`${colors.yellow('warning')} ${line}`);
      for (const line of purges) print(`${colors.cyan('purge')} ${line}`);
      for (const line of refusals) printError(`${errorColors.red('refused')} ${line}`);
      if (refusals.length > 0) {
        printError(`${file} must not be applied: ${plural(refusals.length, 'change')} would lose state`);
        process.exitCode = EXIT_FAILED;
      } else print(`${file} loses no state${purges.length > 0 ? ' but what is purged' : ''}`);
    });
}
