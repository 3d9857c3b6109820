import { EventEmitter } from 'node:events';

import { describe, expect, it } from '@jest/globals';

import { awaitRollout, connectCluster, subjectsOf } from '../../cluster/index.js';
import type { Reason, RolloutOutcome } from '../../diagnosis/index.js';
import { Patience } from '../../diagnosis/patience.js';
import { manifestOf } from '../../topology/index.js';
import { ANY_RUNTIME, selectorLabels } from '../../topology/labels.js';
import { planOf } from '../support/topology.js';

import { fakeApi, serve } from './fake-api.js';

const MANIFEST = manifestOf(
  planOf({ platform: 'kubernetes', runtime: { integrationId: 'test', image: 'x@sha256:1' }, kubernetes: {} }),
);
const SUBJECTS = subjectsOf(MANIFEST);
const NAMESPACE = SUBJECTS[0]!.namespace;
const labels = { ...ANY_RUNTIME, ...selectorLabels('runtime') };

const PATHS = {
  deployments: `/apis/apps/v1/namespaces/${NAMESPACE}/deployments`,
  pods: `/api/v1/namespaces/${NAMESPACE}/pods`,
  claims: `/api/v1/namespaces/${NAMESPACE}/persistentvolumeclaims`,
  events: `/api/v1/namespaces/${NAMESPACE}/events`,
};

/** What the API has of a runtime whose container is in this state. */
function objects(ready: boolean, state: object, { generation = 1 } = {}): Record<string, unknown> {
  const count = ready ? 1 : 0;
  return {
    [PATHS.deployments]: {
      items: [
        {
          metadata: { name: 'runtime', labels, generation },
          spec: { replicas: 1 },
          status: { observedGeneration: 1, updatedReplicas: 1, readyReplicas: count },
        },
      ],
    },
    [PATHS.pods]: {
      items: [
        {
          metadata: { name: 'runtime-1', labels },
          spec: { containers: [{ image: 'x' }] },
          status: { containerStatuses: [{ image: 'x', ready, restartCount: 0, state }] },
        },
      ],
    },
    [PATHS.claims]: { items: [] },
    [PATHS.events]: { items: [] },
  };
}

const RUNNING = { running: {} };
const STARTING = { waiting: { reason: 'ContainerCreating' } };

async function rollout(
  answers: Record<string, unknown>,
  timeoutSeconds: number,
): Promise<{ outcome: RolloutOutcome; seconds: number }> {
  const { kubeconfig } = await fakeApi(answers);
  const start = performance.now();
  const [outcome] = await awaitRollout(connectCluster({ kubeconfig }), SUBJECTS, { timeoutSeconds });
  return { outcome: outcome!, seconds: (performance.now() - start) / 1000 };
}

describe('a rollout', () => {
  it('ends at once where everything is ready', async () => {
    const { outcome, seconds } = await rollout(objects(true, RUNNING), 60);
    expect(outcome).toMatchObject({ runtime: 'tenant/acme', reasons: [], hopeless: false });
    expect(seconds).toBeLessThan(3);
  });

  it('does not take an earlier version for the newest', async () => {
    const { outcome } = await rollout(objects(true, RUNNING, { generation: 2 }), 1);
    expect(outcome.reasons).toEqual([expect.objectContaining({ code: 'progress' })]);
  });

  it('ends at its deadline with what is still missing', async () => {
    const { outcome, seconds } = await rollout(objects(false, STARTING), 1);
    expect(outcome.reasons).toEqual([expect.objectContaining({ code: 'progress' })]);
    expect(outcome.hopeless).toBe(false);
    expect(seconds).toBeGreaterThan(0.9);
    expect(seconds).toBeLessThan(4);
  });

  it('ends early where waiting is in vain', async () => {
    const { outcome, seconds } = await rollout(
      objects(false, { waiting: { reason: 'InvalidImageName', message: 'no' } }),
      60,
    );
    expect(outcome).toMatchObject({ hopeless: true, reasons: [{ code: 'image' }] });
    expect(seconds).toBeLessThan(4);
  });

  it('looks again as soon as something changes', async () => {
    const answers = objects(false, STARTING);
    const changes = new EventEmitter();
    const { kubeconfig } = await serve((request, response) => {
      const { pathname, searchParams } = new URL(request.url!, 'http://localhost');
      response.writeHead(200, { 'content-type': 'application/json' });
      if (searchParams.has('watch')) {
        response.flushHeaders();
        changes.on('change', () => response.write(`${JSON.stringify({ type: 'MODIFIED', object: {} })}\n`));
        changes.emit('watched');
      } else response.end(JSON.stringify(answers[pathname]));
    });
    changes.once('watched', () =>
      setImmediate(() => {
        Object.assign(answers, objects(true, RUNNING));
        changes.emit('change');
      }),
    );
    const start = performance.now();
    const outcomes = await awaitRollout(connectCluster({ kubeconfig }), SUBJECTS, { timeoutSeconds: 60 });
    expect(outcomes).toEqual([expect.objectContaining({ reasons: [] })]);
    // Without a watch the next look is after five seconds.
    expect(performance.now() - start).toBeLessThan(4000);
  });

  it('ends with its signal', async () => {
    const { kubeconfig } = await fakeApi(objects(false, STARTING));
    const controller = new AbortController();
    const { signal } = controller;
    setImmediate(() => controller.abort(new Error('enough')));
    await expect(
      awaitRollout(connectCluster({ kubeconfig }), SUBJECTS, { timeoutSeconds: 60, signal }),
    ).rejects.toThrow('enough');
  });

  it('says which right is missing', async () => {
    const { kubeconfig } = await fakeApi({ ...objects(true, RUNNING), [PATHS.pods]: 403 });
    await expect(awaitRollout(connectCluster({ kubeconfig }), SUBJECTS)).rejects.toThrow(
      `cannot list pods of namespace ${NAMESPACE}: 403 refused with 403`,
    );
  });
});

describe('patience', () => {
  const reason = (code: Reason['code'], hopelessAfterSeconds?: number): Reason => ({
    code,
    message: 'm',
    advice: 'a',
    ...(hopelessAfterSeconds !== undefined && { hopelessAfterSeconds }),
  });

  it('ends once a reason has stood for its time', () => {
    const patience = new Patience();
    const looks = [0, 10_000, 19_999, 20_000].map((now) => patience.isOver('a', [reason('image', 20)], now));
    expect(looks).toEqual([false, false, false, true]);
  });

  it('survives the pause between two crashes, and is new after a longer one', () => {
    const patience = new Patience();
    expect(patience.isOver('a', [reason('crash', 20)], 0)).toBe(false);
    expect(patience.isOver('a', [reason('progress')], 5000)).toBe(false);
    expect(patience.isOver('a', [reason('crash', 20)], 25_000)).toBe(true);
    expect(patience.isOver('a', [reason('crash', 20)], 60_000)).toBe(false);
  });

  it('never ends for what passes by itself, and is each runtime’s own', () => {
    const patience = new Patience();
    expect(patience.isOver('a', [reason('progress')], 0)).toBe(false);
    expect(patience.isOver('a', [reason('progress')], 9e6)).toBe(false);
    expect(patience.isOver('a', [reason('image', 5)], 0)).toBe(false);
    expect(patience.isOver('b', [reason('image', 5)], 6000)).toBe(false);
  });
});
