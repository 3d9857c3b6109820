import { readFileSync } from 'node:fs';

import { describe, expect, it } from '@jest/globals';

import {
  explain,
  foresee,
  isAsWanted,
  lastWords,
  REASON_CODES,
  type Instance,
  type Observation,
  type Process,
  type ReasonCode,
  type Workload,
} from '../../diagnosis/index.js';

const RUNNING: Process = { image: 'registry/runtimes:1', ready: true, restarts: 0, state: 'running' };
const WORKLOAD: Workload = { observed: true, wanted: 1, updated: 1, ready: 1, conditions: [] };
const POD: Instance = { name: 'runtime-1', leaving: false, conditions: [], process: RUNNING };
const WELL: Observation = {
  runtime: 'tenant/acme',
  state: 'active',
  workload: WORKLOAD,
  instances: [POD],
  volume: { name: 'runtime-state', phase: 'Bound', storageClass: 'fast' },
  events: [],
};

const unready: Workload = { ...WORKLOAD, ready: 0 };
const failing = (message: string): Observation => ({
  ...WELL,
  workload: { ...unready, updated: 0, conditions: [{ type: 'ReplicaFailure', status: true, message }] },
  instances: [],
});
const podWith = (process: Partial<Process>, events: Observation['events'] = []): Observation => ({
  ...WELL,
  workload: unready,
  instances: [{ ...POD, process: { ...RUNNING, ready: false, ...process } }],
  events,
});
const waiting = (reason: string, message = '', events: Observation['events'] = []) =>
  podWith({ state: 'waiting', reason, message }, events);
const event = (about: string, reason: string, message: string) => ({ about, reason, message });
const pending = (events: Observation['events']): Observation => ({
  ...WELL,
  workload: unready,
  instances: [{ name: 'runtime-1', leaving: false, conditions: [] }],
  volume: { name: 'runtime-state', phase: 'Pending', storageClass: 'fast' },
  events,
});
const unschedulable = (events: Observation['events'] = []): Observation => ({
  ...WELL,
  workload: unready,
  instances: [
    {
      name: 'runtime-1',
      leaving: false,
      conditions: [
        { type: 'PodScheduled', status: false, reason: 'Unschedulable', message: '0/1 nodes are available.' },
      ],
    },
  ],
  events,
});

interface Case {
  readonly seen: Observation;
  readonly code: ReasonCode;
  readonly says: RegExp;
  /** @default true */
  readonly hopeless?: boolean;
}

const CASES: Readonly<Record<string, Case>> = {
  'nothing deployed': {
    seen: { runtime: 'tenant/acme', state: 'active', instances: [], events: [] },
    code: 'not-deployed',
    says: /nothing is deployed/,
  },
  'scaled to zero by hand': {
    seen: { ...WELL, workload: { ...unready, wanted: 0, updated: 0 }, instances: [] },
    code: 'not-deployed',
    says: /scaled to zero although the manifest has it active/,
  },
  'suspended, but it runs': {
    seen: { ...WELL, state: 'suspended' },
    code: 'not-stopped',
    says: /suspended in the manifest, but there is still runtime-1/,
  },
  'retired, and its pod is still going': {
    seen: { ...WELL, state: 'retired', workload: undefined, instances: [{ ...POD, leaving: true }] },
    code: 'not-stopped',
    says: /still runtime-1/,
    hopeless: false,
  },
  'a quota that is too small': {
    seen: failing('pods "runtime-1" is forbidden: exceeded quota: runtime, requested: requests.memory=512Mi'),
    code: 'quota',
    says: /exceeded quota: runtime, requested: requests\.memory=512Mi/,
  },
  'Pod Security': {
    seen: failing('pods "x" is forbidden: violates PodSecurity "restricted:latest": privileged'),
    code: 'pod-security',
    says: /violates PodSecurity "restricted:latest"/,
  },
  'a webhook that refuses': {
    seen: failing('admission webhook "x" denied the request: no'),
    code: 'refused',
    says: /admission webhook "x" denied/,
  },
  'a refusal that is only an event': {
    seen: {
      ...failing(''),
      workload: { ...unready, updated: 0 },
      events: [event('ReplicaSet', 'FailedCreate', 'serviceaccount "runtime" not found')],
    },
    code: 'refused',
    says: /serviceaccount "runtime" not found/,
  },
  'a StorageClass that is missing': {
    seen: pending([event('PersistentVolumeClaim', 'ProvisioningFailed', 'storageclass "fast" not found')]),
    code: 'volume',
    says: /no volume for runtime-state \(StorageClass fast\): storageclass "fast" not found/,
  },
  'a claim that nobody binds': { seen: pending([]), code: 'volume', says: /runtime-state is not bound yet/ },
  'a volume that is lost': {
    seen: { ...pending([]), volume: { name: 'runtime-state', phase: 'Lost' } },
    code: 'volume',
    says: /the volume behind runtime-state is gone/,
  },
  'no room on any node': { seen: unschedulable(), code: 'unschedulable', says: /0\/1 nodes are available/ },
  'no room, but a node is coming': {
    seen: unschedulable([event('Pod', 'TriggeredScaleUp', 'pod triggered scale-up')]),
    code: 'unschedulable',
    says: /the cluster is adding a node/,
    hopeless: false,
  },
  'a Secret that is missing': {
    seen: waiting('CreateContainerConfigError', 'secret "x" not found'),
    code: 'configuration',
    says: /cannot be configured: secret "x" not found/,
  },
  'a Secret that is missing, as a volume': {
    seen: waiting('ContainerCreating', '', [
      event('Pod', 'FailedMount', 'MountVolume.SetUp failed for volume "secrets" : secret "x" not found'),
    ]),
    code: 'configuration',
    says: /secret "x" not found/,
  },
  'a Secret without the key': {
    seen: waiting('ContainerCreating', '', [
      event('Pod', 'FailedMount', 'MountVolume.SetUp failed: references non-existent secret key: token'),
    ]),
    code: 'configuration',
    says: /non-existent secret key: token/,
  },
  'an image that is not there': {
    seen: waiting('ImagePullBackOff', 'Back-off pulling image', [
      event('Pod', 'Failed', 'Failed to pull image "x": not found'),
      event('Pod', 'Failed', 'Error: ImagePullBackOff'),
    ]),
    code: 'image',
    says: /registry\/runtimes:1 cannot be pulled: Failed to pull image "x": not found/,
  },
  'an image with an impossible name': {
    seen: waiting('InvalidImageName', 'Failed to apply default image tag'),
    code: 'image',
    says: /Failed to apply default image tag/,
  },
  'too little memory': {
    seen: podWith({ state: 'waiting', restarts: 2, lastEnd: { reason: 'OOMKilled', exitCode: 137 } }),
    code: 'out-of-memory',
    says: /killed for want of memory, 2 restarts/,
  },
  'a crash': {
    seen: podWith({
      state: 'waiting',
      reason: 'CrashLoopBackOff',
      restarts: 3,
      lastEnd: { exitCode: 2 },
      lastLine: 'a mistake in the configuration',
    }),
    code: 'crash',
    says: /exit code 2, 3 restarts so far: a mistake in the configuration/,
  },
  'a crash, seen while it runs again': {
    seen: podWith({ restarts: 1, lastEnd: { exitCode: 1 } }),
    code: 'crash',
    says: /exit code 1, 1 restarts so far: it has logged nothing/,
  },
  'an eviction': {
    seen: {
      ...WELL,
      workload: unready,
      instances: [{ ...POD, ended: { reason: 'Evicted', message: 'low on memory.' } }],
    },
    code: 'evicted',
    says: /ended by the node \(Evicted\): low on memory$/,
    hopeless: false,
  },
  'a volume that another node holds': {
    seen: waiting('ContainerCreating', '', [event('Pod', 'FailedAttachVolume', 'Multi-Attach error')]),
    code: 'mount',
    says: /cannot be mounted: Multi-Attach error/,
  },
  'a home that cannot be written': {
    seen: podWith({ notReady: 'the home /x cannot be written: EACCES' }),
    code: 'not-ready',
    says: /not ready: the home \/x cannot be written: EACCES/,
  },
  'a host that says nothing': {
    seen: podWith({}, [event('Pod', 'Unhealthy', 'Startup probe failed: connection refused')]),
    code: 'not-ready',
    says: /Startup probe failed: connection refused/,
  },
  'an earlier pod that takes its time': {
    seen: {
      ...WELL,
      workload: { ...unready, updated: 0 },
      instances: [{ ...POD, name: 'runtime-0', leaving: true }],
    },
    code: 'progress',
    says: /earlier pod runtime-0 is still stopping/,
    hopeless: false,
  },
  'a second pod of somebody else': {
    seen: { ...WELL, instances: [POD, { ...POD, name: 'intruder' }] },
    code: 'progress',
    says: /2 pods instead of 1: runtime-1, intruder/,
    hopeless: false,
  },
  'a deadline that has passed': {
    seen: {
      ...WELL,
      workload: {
        ...unready,
        conditions: [{ type: 'Progressing', status: false, message: 'has timed out progressing.' }],
      },
    },
    code: 'progress',
    says: /makes no progress: has timed out progressing$/,
  },
  'a version that nobody has looked at yet': {
    seen: { ...WELL, workload: { ...WORKLOAD, observed: false } },
    code: 'progress',
    says: /being started/,
    hopeless: false,
  },
};

describe('explain', () => {
  it.each(Object.entries(CASES))('%s', (_, { seen, code, says, hopeless = true }) => {
    const [first, ...others] = explain(seen);
    expect(first).toMatchObject({ code, message: expect.stringMatching(says) });
    expect(others.map((reason) => reason.code)).not.toContain('progress');
    expect(first!.hopelessAfterSeconds !== undefined).toBe(hopeless);
    // Each within the three minutes that a rollout gets.
    expect(first!.hopelessAfterSeconds ?? 0).toBeLessThanOrEqual(90);
  });

  it('has a case for each reason', () => {
    // Which version a pod runs is its controller's to see to; and what is foreseen is not there yet.
    const ofPods = REASON_CODES.filter((code) => !['outdated', 'would-not-restart'].includes(code));
    expect(new Set(Object.values(CASES).map(({ code }) => code))).toEqual(new Set(ofPods));
  });

  it('has a row in the documentation for each reason', () => {
    const rows = [...readFileSync('docs/deploying.md', 'utf8').matchAll(/^\| `([a-z-]+)` +\|/gm)];
    expect(rows.map(([, code]) => code)).toEqual(REASON_CODES);
  });

  it('says every reason in the style of all messages', () => {
    for (const { message, advice } of Object.values(CASES).flatMap(({ seen }) => explain(seen))) {
      expect(message).toMatch(/^[a-z0-9][^\n]*[^.\n]$/);
      expect(advice).toMatch(/^[a-z][^\n]*[^.\n]$/);
    }
  });

  it.each<[string, Observation]>([
    ['runs', WELL],
    [
      'is suspended',
      { ...WELL, state: 'suspended', workload: { ...unready, wanted: 0, updated: 0 }, instances: [] },
    ],
    ['is retired', { ...WELL, state: 'retired', workload: undefined, instances: [] }],
    ['runs beside what was evicted', { ...WELL, instances: [POD, { ...POD, ended: { reason: 'Evicted' } }] }],
    [
      'runs after a crash',
      { ...WELL, instances: [{ ...POD, process: { ...RUNNING, lastEnd: { exitCode: 1 } } }] },
    ],
  ])('finds nothing where it %s', (_, seen) => {
    expect(isAsWanted(seen)).toBe(true);
    expect(explain(seen)).toEqual([]);
  });

  it('repeats a long message only in part, and on one line', () => {
    const [reason] = explain(failing(`exceeded quota:\n${'x'.repeat(2000)}`));
    expect(reason!.message.length).toBeLessThan(500);
    expect(reason!.message).toMatch(/exceeded quota: x+…$/);
  });
});

describe('foresee', () => {
  const usage = { restartObstacle: 'the connection token file /secrets/connection-token does not exist' };
  const doomed = { ...WELL, instances: [{ ...POD, process: { ...RUNNING, usage } }] };

  it('tells of a runtime that serves and could not start again, which explains nothing of now', () => {
    expect(explain(doomed)).toEqual([]);
    expect(foresee(doomed)).toEqual([
      {
        code: 'would-not-restart',
        message: expect.stringMatching(
          /would not start like this again: the connection token file \S+ does not exist$/,
        ),
        advice: expect.stringMatching(/^[a-z].*[^.]$/),
      },
    ]);
  });

  it('has nothing to say of one that could, nor of one that leaves', () => {
    expect(foresee(WELL)).toEqual([]);
    expect(foresee({ ...doomed, instances: [{ ...doomed.instances[0]!, leaving: true }] })).toEqual([]);
  });
});

describe('the last words of a host', () => {
  it.each<[string, string, string | undefined]>([
    ['a failure', '{"level":"info","msg":"ready"}\n{"level":"fatal","msg":"no home"}\n', 'no home'],
    ['the reason of a warning', '{"level":"warn","reason":"EACCES","msg":"not ready"}', 'not ready: EACCES'],
    ['not what went well after it', '{"level":"error","msg":"bad"}\n{"level":"info","msg":"stopped"}', 'bad'],
    ['what is no line of the host', 'exec format error', 'exec format error'],
    ['nothing where all was well', '{"level":"info","msg":"ready"}', undefined],
    ['nothing of an empty log', '', undefined],
  ])('are %s', (_, log, words) => {
    expect(lastWords(log)).toBe(words);
  });
});
