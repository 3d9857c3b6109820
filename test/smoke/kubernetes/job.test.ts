import { beforeEach, describe, expect, it } from '@jest/globals';

import { ClusterError } from '../../../cluster/errors.js';
import { printEvent, readEvent } from '../../../smoke/events.js';
import type { JobRun } from '../../../smoke/job/job-run.js';
import { jobObject } from '../../../smoke/job/objects.js';
import { runInCluster } from '../../../smoke/job/run.js';
import { healthyReport } from '../report-fixtures.js';

import { MANIFEST } from './deployment.js';
import { startFakeApi, type FakeApi } from './fake-api.js';

const PLACE = MANIFEST.smokeJob!;
const JOBS = `/apis/batch/v1/namespaces/${PLACE.namespace}/jobs`;
const CORE = `/api/v1/namespaces/${PLACE.namespace}`;
const REPORT = healthyReport();

let api: FakeApi;

beforeEach(async () => {
  api = await startFakeApi();
});

const run = (changes: Partial<JobRun> = {}) =>
  runInCluster({ cluster: api.cluster, place: PLACE, manifestText: '{}', args: ['--strict'], ...changes });

/** What a Job’s pod comes to. */
function pod(phase: string, log = ''): void {
  api.onCreate = (path, object) => {
    if (!path.startsWith(JOBS)) return;
    const { name } = object.metadata as { name: string };
    const labels = { 'batch.kubernetes.io/job-name': name };
    api.objects.set(`${CORE}/pods/${name}-x`, {
      metadata: { name: `${name}-x`, labels },
      status: { phase, containerStatuses: [] },
    });
    api.texts.set(`${CORE}/pods/${name}-x/log`, log);
  };
}

const leftBehind = () => [...api.objects.keys()].filter((path) => path.startsWith(JOBS));

describe('a run in the cluster', () => {
  it('gives back the report of the Job, and removes the Job, which owns its ConfigMap', async () => {
    const progress = {
      type: 'progress',
      done: 1,
      total: 2,
      result: { check: 'c', from: 'r', verdict: 'passed' },
    };
    pod('Succeeded', `${JSON.stringify(progress)}\n${printEvent({ type: 'report', report: REPORT })}\n`);
    expect(await run()).toEqual(REPORT);
    expect(leftBehind()).toEqual([]);
    const [configMap] = [...api.objects].flatMap(([path, object]) =>
      path.startsWith(`${CORE}/configmaps/`) ? [object] : [],
    );
    expect(configMap).toMatchObject({
      data: { 'manifest.json': '{}' },
      metadata: { ownerReferences: [{ kind: 'Job', uid: 'made-here' }] },
    });
  });

  it('says what the pod said when it ends without a report', async () => {
    pod('Failed', 'error the manifest cannot be used\n');
    await expect(run()).rejects.toThrow(
      /the suite ended without a report: pod \S+ is Failed\nerror the manifest/,
    );
    expect(leftBehind()).toEqual([]);
  });

  it('removes the Job when it is interrupted', async () => {
    pod('Running');
    const controller = new AbortController();
    const running = run({ signal: controller.signal });
    api.onRequest = (request) => {
      if (request.endsWith('/log')) controller.abort(new Error('interrupted'));
    };
    await expect(running).rejects.toThrow('interrupted');
    expect(leftBehind()).toEqual([]);
  });

  it('says that somebody took the pod away', async () => {
    pod('Running');
    api.onRequest = (request) => {
      if (!request.endsWith('/log')) return;
      for (const path of api.objects.keys()) if (path.startsWith(`${CORE}/pods/`)) api.objects.delete(path);
    };
    await expect(run()).rejects.toThrow(/the pod of Job \S+ is gone: somebody deleted or evicted it/);
    expect(leftBehind()).toEqual([]);
  });

  it('removes old Jobs of killed runs, and no others', async () => {
    const { labels } = jobObject({ ...PLACE, name: '', manifestText: '', args: [] }).metadata!;
    const job = (name: string, metadata: object, status: object) =>
      api.objects.set(`${JOBS}/${name}`, { metadata: { name, labels, ...metadata }, status });
    const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString();
    job('finished-long-ago', { creationTimestamp: ago(4000) }, { completionTime: ago(3600) });
    job('finished-just-now', { creationTimestamp: ago(60) }, { completionTime: ago(10) });
    job('lost', { creationTimestamp: ago(100_000) }, {});
    job('running', { creationTimestamp: ago(60) }, {});
    pod('Succeeded', printEvent({ type: 'report', report: REPORT }));
    await run();
    expect(leftBehind()).toEqual([`${JOBS}/finished-just-now`, `${JOBS}/running`]);
  });

  it('refuses a manifest that no ConfigMap holds, before it creates anything', async () => {
    await expect(run({ manifestText: 'x'.repeat(1_100_000) })).rejects.toThrow(
      /the manifest has 1100000 bytes, and a ConfigMap holds 1000000: run the suite from outside/,
    );
    expect(api.requests).toEqual([]);
  });

  it('says what to do where it may not', async () => {
    api.forbidden.add(JOBS);
    await expect(run()).rejects.toThrow(ClusterError);
    await expect(run()).rejects.toThrow(/kubernetes\.smokeIdentity/);
  });
});

describe('the Job', () => {
  it('obeys Pod Security restricted and gives way in time', () => {
    const { spec } = jobObject({ ...PLACE, name: 'n', manifestText: '{}', args: [] });
    expect(spec).toMatchObject({ backoffLimit: 0, ttlSecondsAfterFinished: 300 });
    const { spec: podSpec } = spec!.template;
    expect(podSpec).toMatchObject({
      serviceAccountName: 'smoke',
      restartPolicy: 'Never',
      securityContext: { runAsNonRoot: true, runAsUser: 10_001, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          securityContext: {
            runAsNonRoot: true,
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
          resources: { limits: { memory: expect.any(String) } },
        },
      ],
    });
  });
});

describe('events', () => {
  it('come back as they were written, and nothing else is one', () => {
    const event = { type: 'report', report: REPORT } as const;
    expect(readEvent(printEvent(event))).toEqual(event);
    expect(printEvent(event)).not.toContain('\n');
    for (const line of ['', 'checking 1/2', '{"type":"report","gzip":"cut o', '{"level":30}']) {
      expect(readEvent(line)).toBeUndefined();
    }
  });
});
