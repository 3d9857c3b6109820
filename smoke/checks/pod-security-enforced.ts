import { CheckFailure } from '../check-failure.js';
import type { Check } from '../model.js';

const LABEL = 'pod-security.kubernetes.io/enforce';

export const podSecurityEnforced: Check = {
  id: 'pod-security-enforced',
  why: 'The namespace of a runtime refuses every pod that is not restricted, whoever puts it there.',
  scope: 'runtime',
  targets: ['kubernetes'],
  evenUnreachable: true,
  maySkipOn: [],
  async run(bench, { from }) {
    const { metadata } = await bench.cluster.namespace(from);
    const level = metadata?.labels?.[LABEL];
    if (level === 'restricted') return undefined;
    throw new CheckFailure({
      expected: `namespace ${metadata?.name} to enforce Pod Security restricted`,
      seen: level === undefined ? `it has no label ${LABEL}` : `it enforces ${level}`,
      advice: `set ${LABEL}: restricted on the namespace, by deploying again or by whoever owns it`,
    });
  },
};
