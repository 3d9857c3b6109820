import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';

import { Metrics as GatewayMetrics } from '../../services/gateway/metrics.js';
import { HOST_ENV } from '../../topology/host-contract.js';
import { TestHost } from '../services/runtime-host/host.js';
import { temporaryDirectory } from '../support/cleanup.js';

import { promtool, promtoolTest } from './promtool.js';

const RULES = 'ops/prometheus/rules.yaml';
const TESTS = 'ops/prometheus/rules.test.yaml';
const DASHBOARD = 'ops/grafana/dashboard.json';
const RUNBOOK = 'docs/operations.md';

interface Rule {
  readonly alert: string;
  readonly expr: string;
}
interface Panel {
  readonly title: string;
  readonly targets: readonly { readonly expr: string }[];
}

const textOf = (file: string) => readFileSync(file, 'utf8');
const rules = (parse(textOf(RULES)) as { groups: { rules: Rule[] }[] }).groups.flatMap(
  (group) => group.rules,
);
const { panels } = JSON.parse(textOf(DASHBOARD)) as { panels: Panel[] };

/** Names of metrics in an expression, as they are declared: a histogram has its parts. */
const metricsIn = (text: string) =>
  new Set(
    [...text.matchAll(/copilot_(?:runtime|gateway)_\w+/g)].map(([name]) => name.replace(/_bucket$/, '')),
  );

const declaredIn = (page: string) => [...page.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name!);

/** Every metric that a real host and a gateway show. */
async function declared(): Promise<Set<string>> {
  const host = await TestHost.ready({ env: { [HOST_ENV.runtime]: 'pool/0', TMPDIR: temporaryDirectory() } });
  const page = await (await fetch(`http://127.0.0.1:${host.listening.healthPort}/metrics`)).text();
  return new Set([...declaredIn(page), ...declaredIn(await new GatewayMetrics().text())]);
}

describe('rules, dashboard and runbook', () => {
  it('speak of metrics that there are', async () => {
    const known = await declared();
    const asked = new Set(
      [...rules.map(({ expr }) => expr), textOf(DASHBOARD), textOf(RUNBOOK)].flatMap((text) => [
        ...metricsIn(text),
      ]),
    );
    expect(asked.size).toBeGreaterThan(20);
    expect([...asked].filter((name) => !known.has(name))).toEqual([]);
    // What a host measures and nobody is told of would be measured in vain.
    const runbook = metricsIn(textOf(RUNBOOK));
    expect([...known].filter((name) => name.startsWith('copilot_runtime_') && !runbook.has(name))).toEqual(
      [],
    );
  });

  it('have something to ask in every panel', () => {
    expect(panels.length).toBeGreaterThan(10);
    for (const { title, targets } of panels) {
      expect([title, targets.every(({ expr }) => metricsIn(expr).size > 0)]).toEqual([title, true]);
    }
  });

  it('say of each alert what it means, and try it', () => {
    const missing = (file: string) => rules.filter(({ alert }) => !textOf(file).includes(alert));
    expect(missing(RUNBOOK)).toEqual([]);
    expect(missing(TESTS)).toEqual([]);
  });
});

describe('promtool', () => {
  /** The files with one text in the rules replaced. */
  const altered = (text: string, by: string): string => {
    const folder = temporaryDirectory();
    cpSync(path.dirname(RULES), folder, { recursive: true });
    const before = textOf(RULES);
    expect(before).toContain(text);
    writeFileSync(path.join(folder, 'rules.yaml'), before.replace(text, by));
    return folder;
  };

  promtoolTest('takes the rules, and each alert comes when it should and not otherwise', async () => {
    await expect(promtool('check', 'rules', RULES)).resolves.toBe(true);
    await expect(promtool('test', 'rules', TESTS)).resolves.toBe(true);
  });

  promtoolTest('refuses a rule that is none', async () => {
    const folder = altered('copilot_runtime_ready == 0', 'copilot_runtime_ready ==');
    await expect(promtool('check', 'rules', path.join(folder, 'rules.yaml'))).resolves.toBe(false);
  });

  promtoolTest('notices every alert that no longer comes, or comes for one that is well', async () => {
    const cases = rules.flatMap(({ alert, expr }) => {
      const line = expr.trim().split('\n').at(-1)!;
      const always = line.replace(/[<>]=? ?-?[\d.]+$|== 0$/, '>= -1e18');
      return [`${line} and vector(1) < 0`, always].map((by) => ({ alert, line, by }));
    });
    const content = await Promise.all(
      cases.map(({ line, by }) => promtool('test', 'rules', path.join(altered(line, by), 'rules.test.yaml'))),
    );
    expect(cases.filter((_, index) => content[index])).toEqual([]);
  });
});
