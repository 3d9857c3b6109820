import { describe, expect, it } from '@jest/globals';

import { observe, subjectsOf } from '../../cluster/index.js';
import { MANAGED_BY, selectorLabels } from '../../topology/labels.js';
import { deploy, GLOBEX, MANIFEST, namespaceOf } from '../smoke/kubernetes/deployment.js';
import { startFakeApi } from '../smoke/kubernetes/fake-api.js';

/** A ready pod of each runtime, and nobody who may forward its ports. */
async function withoutPortForward() {
  const api = await startFakeApi();
  deploy(api);
  for (const { namespace, name } of subjectsOf(MANIFEST)) {
    const labels = { ...MANAGED_BY, ...selectorLabels(name) };
    const pod = `/api/v1/namespaces/${namespace}/pods/runtime-abc`;
    api.forbidden.add(`${pod}/portforward`);
    api.objects.set(pod, {
      metadata: { name: 'runtime-abc', namespace, labels },
      status: {
        phase: 'Running',
        containerStatuses: [{ image: 'r:1', ready: true, restartCount: 0, state: { running: {} } }],
      },
    });
  }
  return api;
}

const observed = async (usage: boolean) => {
  const api = await withoutPortForward();
  const seen = await observe(api.cluster, subjectsOf(MANIFEST), { usage });
  return { api, process: seen.find(({ runtime }) => runtime === GLOBEX)!.instances[0]!.process! };
};

describe('what the hosts in pods say', () => {
  it('is missing where ports may not be forwarded, and the reason is given', async () => {
    const { process } = await observed(true);
    expect(process).toMatchObject({
      ready: true,
      usageUnknown: 'no right to forward ports: grant create and get on pods/portforward',
    });
    expect(process).not.toHaveProperty('usage');
  });

  it('is not asked for while a rollout waits', async () => {
    const { api, process } = await observed(false);
    expect(process).not.toHaveProperty('usageUnknown');
    expect(api.requests.filter((request) => /portforward/.test(request))).toEqual([]);
    expect(api.requests.some((request) => request.includes(namespaceOf(GLOBEX)))).toBe(true);
  });
});
