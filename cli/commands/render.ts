import { Command, Option } from 'commander';

import type { SecretMode } from '../../render/index.js';
import { loadTopology, updateLock } from '../../stacks/files.js';
import { deploymentManifestFile, manifestOf, manifestText } from '../../topology/index.js';
import { UsageError } from '../exit.js';
import { colors, plural, print } from '../output.js';
import { topologyFile } from '../topology-file.js';

interface RenderFlags {
  readonly out: string;
  readonly externalSecrets?: string;
  readonly generateSecrets?: boolean;
}

export function renderCommand(): Command {
  return new Command('render')
    .description('Write what the stacks create as plain Kubernetes manifests, for GitOps and policy tools.')
    .argument('[topology]', 'file; default: $TOPOLOGY or topology.yaml')
    .requiredOption(
      '--out <directory>',
      'gets a folder per stack; only files of an earlier render are replaced',
    )
    .option('--external-secrets <store>', 'an ExternalSecret per Secret, read from this ClusterSecretStore')
    .addOption(
      new Option(
        '--generate-secrets',
        'real Secrets with random tokens, for tests; others from TF_VAR_<name>',
      ).conflicts('externalSecrets'),
    )
    .action(async (argument: string | undefined, flags: RenderFlags) => {
      const mode = secretMode(flags);
      const loaded = await loadTopology(topologyFile(argument));
      const { plan } = loaded;
      // Only now: a mistake in the topology should not wait for cdktf to load.
      const { renderPlan, writeRender } = await import('../../render/index.js');
      const folders = await renderPlan(plan, mode);
      await updateLock(loaded);
      const manifest = manifestText(manifestOf(plan));
      const { removed } = await writeRender(flags.out, plan.name, [
        { path: deploymentManifestFile(plan.name), text: manifest },
        ...folders.flatMap(({ files }) => files),
      ]);
      for (const { name, objects, needs } of folders) {
        const secrets =
          needs.length > 0 ? `, ${plural(needs.length, 'secret value')} to provide (secrets.md)` : '';
        print(`${colors.bold(`${flags.out}/${name}`)}: ${plural(objects.length, 'object')}${secrets}`);
      }
      for (const file of removed) print(`removed ${flags.out}/${file}`);
      if (mode.kind === 'generate')
        print(`${colors.yellow('warning')} these files hold secrets: do not commit them`);
    });
}

function secretMode({ externalSecrets, generateSecrets }: RenderFlags): SecretMode {
  if (generateSecrets) return { kind: 'generate', env: process.env };
  if (externalSecrets === undefined) return { kind: 'describe' };
  if (!/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/.test(externalSecrets)) {
    throw new UsageError(
      `--external-secrets must be the name of a ClusterSecretStore, got "${externalSecrets}": lower-case letters, digits, "-" and "."`,
    );
  }
  return { kind: 'external', store: externalSecrets };
}
