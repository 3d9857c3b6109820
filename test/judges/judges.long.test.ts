import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { expectClean } from './clean.js';
import {
  EXAMPLES,
  manifestFiles,
  readManifest,
  readResources,
  renderExamples,
  stackFiles,
  synthesizeExamples,
  writeManifest,
} from './examples.js';
import { EXCEPTIONS, MOST_EXCEPTIONS } from './exceptions.js';
import { excepts, type Finding, type Verdict } from './findings.js';
import { judgedTest, judgesAreInstalled } from './installed.js';
import { checkovManifests, checkovStacks, kubeconform, kubeScore } from './judges.js';
import { sabotageStack } from './sabotage-stack.js';
import { IN_MANIFESTS, IN_STACKS, type Sabotage } from './sabotages.js';

const TIMEOUT_MS = 300_000;
const root = mkdtempSync(path.join(os.tmpdir(), 'copilot-runtimes-judges-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const manifests = path.join(root, 'manifests');
const stacks = path.join(root, 'stacks');
beforeAll(async () => {
  if (!judgesAreInstalled) return;
  await renderExamples(manifests);
  await synthesizeExamples(stacks);
}, TIMEOUT_MS);

describe('the examples', () => {
  const verdicts: Record<string, Verdict> = {};
  beforeAll(async () => {
    if (!judgesAreInstalled) return;
    verdicts.kubeconform = await kubeconform(manifests);
    verdicts.kubeScore = together(
      await Promise.all(EXAMPLES.map((example) => kubeScore(manifests, example))),
    );
    verdicts.checkovManifests = await checkovManifests(manifests);
    verdicts.checkovStacks = await checkovStacks(stacks);
  }, TIMEOUT_MS);

  judgedTest('have nothing that kubeconform refuses', async () => {
    expectClean(verdicts.kubeconform, leastOfManifests(allKinds(1)));
  });

  judgedTest('have nothing that kube-score minds', async () => {
    expectClean(verdicts.kubeScore, leastOfManifests({ Deployment: 20, Service: 3, NetworkPolicy: 3 }));
  });

  judgedTest('have nothing that checkov minds in the manifests', async () => {
    const least = { Deployment: 80, ServiceAccount: 2, Role: 4, RoleBinding: 4 };
    expectClean(verdicts.checkovManifests, leastOfManifests(least));
  });

  judgedTest('have nothing that checkov minds in the stacks', async () => {
    expectClean(verdicts.checkovStacks, leastOfDeployments(25));
  });

  judgedTest('are not taken for clean by a judge that does not look at them', async () => {
    const blind = await checkovStacks(stacks, 'terraform');
    expect(blind.findings).toEqual([]);
    expect(() => expectClean(blind, leastOfDeployments(25))).toThrow('0 checks of ');
  });

  it(`have no more than ${MOST_EXCEPTIONS} exceptions, all with reasons`, () => {
    expect(EXCEPTIONS.length).toBeLessThanOrEqual(MOST_EXCEPTIONS);
    expect(EXCEPTIONS.filter(({ reason }) => reason.length < 40)).toEqual([]);
  });

  judgedTest('have no exception that no judge needs', async () => {
    const { findings } = together(Object.values(verdicts));
    const idle = EXCEPTIONS.filter((exception) => !findings.some((finding) => excepts(exception, finding)));
    expect(idle.map(({ judge, check }) => `${judge} ${check}`)).toEqual([]);
  });
});

describe('a flaw', () => {
  const EXAMPLE = 'hybrid';
  const inManifests = path.join(root, 'manifests-sabotaged');
  const inStacks = path.join(root, 'stacks-sabotaged');
  // checkov takes seconds to start: it reads all flaws of a kind at once.
  let ofManifests: readonly Finding[] = [];
  let ofStacks: readonly Finding[] = [];

  beforeAll(async () => {
    if (!judgesAreInstalled) return;
    for (const [number, sabotage] of IN_MANIFESTS.entries()) {
      const place = path.join(inManifests, String(number));
      cpSync(path.join(manifests, EXAMPLE), place, { recursive: true });
      sabotageManifest(place, sabotage);
    }
    for (const [number, sabotage] of IN_STACKS.entries()) {
      const place = path.join(inStacks, String(number));
      cpSync(path.join(stacks, EXAMPLE), place, { recursive: true });
      sabotageStack(place, sabotage);
    }
    ofManifests = (await checkovManifests(inManifests)).findings;
    ofStacks = (await checkovStacks(inStacks)).findings;
  }, TIMEOUT_MS);

  for (const [number, { flaw, kind, caught }] of IN_MANIFESTS.entries()) {
    for (const [judge, check] of Object.entries(caught)) {
      judgedTest(`in a manifest, ${flaw}, is found by ${judge}`, async () => {
        const findings =
          judge === 'kubeconform'
            ? (await kubeconform(path.join(inManifests, String(number)))).findings
            : judge === 'kube-score'
              ? (await kubeScore(inManifests, String(number))).findings
              : below(number, ofManifests);
        expect(checksOf(kind, findings)).toContain(check);
      });
    }
  }

  for (const [number, { flaw, kind, caught }] of IN_STACKS.entries()) {
    for (const [judge, check] of Object.entries(caught)) {
      judgedTest(`in a stack, ${flaw}, is found by ${judge}`, async () => {
        expect(checksOf(kind, below(number, ofStacks))).toContain(check);
      });
    }
  }

  const below = (number: number, findings: readonly Finding[]) =>
    findings.filter(({ file }) => file.startsWith(`${number}/`));

  const checksOf = (wanted: string, findings: readonly Finding[]) =>
    findings.filter(({ kind }) => kind === wanted).map(({ check }) => check);
});

/** How many checks there must be of each manifest, by kind. */
function leastOfManifests(byKind: Readonly<Record<string, number>>): Record<string, number> {
  const files = manifestFiles(manifests).map((file) => ({
    file,
    kind: readManifest(path.join(manifests, file)).kind,
  }));
  return Object.fromEntries(
    files.flatMap(({ file, kind }) => {
      const count = byKind[kind];
      return count === undefined ? [] : [[`${file} ${kind}`, count]];
    }),
  );
}

function allKinds(count: number): Record<string, number> {
  const kinds = manifestFiles(manifests).map((file) => readManifest(path.join(manifests, file)).kind);
  return Object.fromEntries(kinds.map((kind) => [kind, count]));
}

/** How many checks there must be of the Deployments of each stack that has any. */
function leastOfDeployments(each: number): Record<string, number> {
  const type = 'kubernetes_deployment_v1';
  return Object.fromEntries(
    stackFiles(stacks)
      .map((file) => ({ file, resources: readResources(path.join(stacks, file))[type] }))
      .filter(({ resources }) => resources !== undefined)
      .map(({ file, resources }) => [`${file} ${type}`, each * Object.keys(resources!).length]),
  );
}

function together(verdicts: readonly Verdict[]): Verdict {
  return {
    findings: verdicts.flatMap(({ findings }) => findings),
    checked: new Map(verdicts.flatMap(({ checked }) => [...checked])),
  };
}

/** Puts the flaw into the first object of its kind. */
function sabotageManifest(directory: string, { kind, edit }: Sabotage): void {
  for (const file of manifestFiles(directory).map((name) => path.join(directory, name))) {
    const manifest = readManifest(file);
    if (manifest.kind !== kind) continue;
    edit(manifest);
    writeManifest(file, manifest);
    return;
  }
  throw new Error(`the example has no ${kind}`);
}
