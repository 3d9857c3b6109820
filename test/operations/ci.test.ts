import { existsSync, readFileSync } from 'node:fs';

import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';

interface Workflow {
  readonly jobs: Readonly<Record<string, { readonly steps: readonly { readonly run?: string }[] }>>;
}

describe('the example for CI', () => {
  const workflow = parse(readFileSync('examples/ci/deploy.yml', 'utf8')) as Workflow;
  const runs = (job: string) => workflow.jobs[job]!.steps.flatMap(({ run }) => run ?? []);

  it('looks before it deploys, waits for the rollout, and proves it at the end', () => {
    const steps = runs('deploy');
    const order = ['preflight', 'apply -input', 'rollout --manifest', 'smoke --manifest'].map((what) =>
      steps.findIndex((step) => step.includes(what)),
    );
    expect(order).not.toContain(-1);
    expect(order).toEqual([...order].sort((a, b) => a - b));
  });

  it('uses only commands that there are', () => {
    const used = new Set(
      Object.keys(workflow.jobs)
        .flatMap(runs)
        .join('\n')
        .match(/(?<=copilot-runtimes )[a-z-]+/g),
    );
    expect(used.size).toBeGreaterThan(3);
    expect([...used].filter((command) => !existsSync(`cli/commands/${command}.ts`))).toEqual([]);
  });
});
