import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { AZURE_EXCEPTIONS } from './azure-exceptions.js';
import { IN_AZURE_STACKS } from './azure-sabotages.js';
import { expectClean } from './clean.js';
import { AZURE, readResources, stackFiles, synthesizeExamples } from './examples.js';
import { MOST_EXCEPTIONS } from './exceptions.js';
import { excepts, type Finding, type Verdict } from './findings.js';
import { judgedTest, judgesAreInstalled } from './installed.js';
import { checkovStacks } from './judges.js';
import { sabotageStack } from './sabotage-stack.js';

const TIMEOUT_MS = 300_000;
const root = mkdtempSync(path.join(os.tmpdir(), 'copilot-runtimes-judges-azure-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const stacks = path.join(root, 'stacks');
const sabotaged = path.join(root, 'sabotaged');
/** It has network, groups, accounts and secrets. */
const EXAMPLE = 'isolated';
let verdict: Verdict | undefined;
let ofSabotaged: readonly Finding[] = [];

beforeAll(async () => {
  if (!judgesAreInstalled) return;
  await synthesizeExamples(stacks, AZURE);
  verdict = await checkovStacks(stacks);
  for (const [number, sabotage] of IN_AZURE_STACKS.entries()) {
    const place = path.join(sabotaged, String(number));
    cpSync(path.join(stacks, EXAMPLE), place, { recursive: true });
    sabotageStack(place, sabotage);
  }
  // checkov takes seconds to start: it reads all flaws at once.
  ofSabotaged = (await checkovStacks(sabotaged)).findings;
}, TIMEOUT_MS);

/** How many checks there must be of each resource of some types. */
function least(each: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(
    stackFiles(stacks).flatMap((file) =>
      Object.entries(readResources(path.join(stacks, file))).flatMap(([type, resources]) =>
        each[type] === undefined ? [] : [[`${file} ${type}`, each[type] * Object.keys(resources).length]],
      ),
    ),
  );
}

describe('the examples for Azure', () => {
  judgedTest('have nothing that checkov minds', async () => {
    const wanted = least({
      azurerm_container_group: 3,
      azurerm_storage_account: 10,
      azurerm_key_vault_secret: 2,
      azurerm_network_security_group: 4,
    });
    expectClean(verdict, wanted, AZURE_EXCEPTIONS);
  });

  it(`have no more than ${MOST_EXCEPTIONS} exceptions, all with reasons`, () => {
    expect(AZURE_EXCEPTIONS.length).toBeLessThanOrEqual(MOST_EXCEPTIONS);
    expect(AZURE_EXCEPTIONS.filter(({ reason }) => reason.length < 40)).toEqual([]);
  });

  judgedTest('have no exception that no judge needs', async () => {
    const idle = AZURE_EXCEPTIONS.filter(
      (exception) => !verdict?.findings.some((finding) => excepts(exception, finding)),
    );
    expect(idle.map(({ check }) => check)).toEqual([]);
  });
});

describe('a flaw', () => {
  for (const [number, { flaw, kind, caught }] of IN_AZURE_STACKS.entries()) {
    judgedTest(`in a stack for Azure, ${flaw}, is found by checkov`, async () => {
      const found = ofSabotaged.filter(({ file, kind: of }) => file.startsWith(`${number}/`) && of === kind);
      expect(found.map(({ check }) => check)).toContain(caught.checkov);
    });
  }
});
