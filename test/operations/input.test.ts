import { writeFileSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, it } from '@jest/globals';

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
  readonly args: readonly string[];
  readonly code: 1 | 2;
  readonly says: RegExp;
}

const CASES: Readonly<Record<string, Case>> = {
  'a rollout of a local deployment': {
    args: ['rollout', '--manifest', 'local.json'],
    code: 2,
    says: /local\.json is of platform local, which has no rollout: use "copilot-runtimes status"/,
  },
  'a time that is none': {
    args: ['rollout', '--manifest', 'cluster.json', '--timeout', '3m'],
    code: 2,
    says: /'3m' is invalid\. expected whole seconds from 1 to 86400/,
  },
  'a preflight of a local topology': {
    args: ['preflight', 'topology.yaml'],
    code: 2,
    says: /topology\.yaml is for platform local, which needs no preflight/,
  },
  'a status without credentials': {
    args: ['status', '--manifest', 'cluster.json', '--kubeconfig', 'nowhere'],
    code: 1,
    says: /cannot read the credentials of the cluster from nowhere .*name a kubeconfig that exists/,
  },
};

describe('the program, given', () => {
  it.each(Object.entries(CASES))('%s, says so and does nothing', async (_, { args, code, says }) => {
    const cwd = temporaryDirectory();
    writeTopology(cwd);
    writeFileSync(path.join(cwd, 'local.json'), JSON.stringify(manifestOf(planOf())));
    writeFileSync(path.join(cwd, 'cluster.json'), JSON.stringify(manifestOf(planOf(ON_CLUSTER))));
    const before = contents(cwd);
    const result = await runCli(args, { cwd });
    expect(result.stderr).toMatch(says);
    expect(result.stderr).not.toMatch(/\n\s+at |mistake in copilot-runtimes/);
    expect(result.code).toBe(code);
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
