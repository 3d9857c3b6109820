import { writeFileSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, it } from '@jest/globals';
import type { Command } from 'commander';

import { preflightCommand } from '../../cli/commands/preflight.js';
import { rolloutCommand } from '../../cli/commands/rollout.js';
import { statusCommand } from '../../cli/commands/status.js';
import { manifestOf } from '../../topology/index.js';
import { temporaryDirectory } from '../support/cleanup.js';
import { runCli } from '../support/cli.js';
import { contents } from '../support/files.js';
import { planOf, writeTopology } from '../support/topology.js';

import { fakeApi, TOKEN } from './fake-api.js';

const ON_CLUSTER = {
  platform: 'kubernetes',
  runtime: { integrationId: 'test', image: 'x@sha256:1' },
  storage: { class: 'nope' },
  kubernetes: {},
};

interface Case {
  readonly command: () => Command;
  readonly args: readonly string[];
  readonly says: RegExp;
}

const CASES: Readonly<Record<string, Case>> = {
  'a rollout of a local deployment': {
    command: rolloutCommand,
    args: ['--manifest', 'local.json'],
    says: /local\.json is of platform local, which has no rollout: use "copilot-runtimes status"$/,
  },
  'a time that is none': {
    command: rolloutCommand,
    args: ['--manifest', 'cluster.json', '--timeout', '3m'],
    says: /'3m' is invalid\. expected whole seconds from 1 to 86400/,
  },
  'a preflight of a local topology': {
    command: preflightCommand,
    args: ['topology.yaml'],
    says: /topology\.yaml is for platform local, which needs no preflight: it is for kubernetes and azure$/,
  },
  'a status without credentials': {
    command: statusCommand,
    args: ['--manifest', 'cluster.json', '--kubeconfig', '/nowhere/kubeconfig'],
    says: /cannot read the credentials of the cluster from \/nowhere\/kubeconfig .*: name a kubeconfig that exists$/,
  },
};

describe('the commands, given', () => {
  it.each(Object.entries(CASES))('%s, say so and do nothing', async (_, { command, args, says }) => {
    const cwd = temporaryDirectory();
    writeTopology(cwd);
    writeFileSync(path.join(cwd, 'local.json'), JSON.stringify(manifestOf(planOf())));
    writeFileSync(path.join(cwd, 'cluster.json'), JSON.stringify(manifestOf(planOf(ON_CLUSTER))));
    const before = contents(cwd);
    const full = args.map((argument) =>
      /\.(json|yaml)$/.test(argument) ? path.join(cwd, argument) : argument,
    );
    const quiet = command()
      .exitOverride()
      .configureOutput({ writeErr: () => undefined });
    await expect(quiet.parseAsync(full, { from: 'user' })).rejects.toThrow(says);
    expect(contents(cwd)).toEqual(before);
  });

  it('a topology that cannot be deployed, lists the problems and writes no lock', async () => {
    const { kubeconfig } = await fakeApi();
    const cwd = temporaryDirectory();
    writeTopology(cwd, ON_CLUSTER);
    const before = contents(cwd);
    const { code, stdout, stderr } = await runCli(['preflight', '--kubeconfig', kubeconfig], { cwd });
    expect(stdout).toMatch(/^cluster http:\/\/127\.0\.0\.1:\d+, Kubernetes v1\.34\.4, uid 1111/);
    expect(stdout).toMatch(/\nproblem there is no StorageClass nope \(known are disks\).* \[storage\]\n/);
    expect(stdout).toMatch(/\nnot ready to deploy: 1 problem, 1 warning\n$/);
    expect(stdout + stderr).not.toContain(TOKEN);
    expect(code).toBe(1);
    expect(contents(cwd)).toEqual(before);
  });
});
