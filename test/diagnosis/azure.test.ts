import { describe, expect, it } from '@jest/globals';

import {
  AZURE_RULES,
  explain,
  isAsWanted,
  PROVISIONED,
  type Instance,
  type Observation,
  type Process,
  type ReasonCode,
  type Workload,
} from '../../diagnosis/index.js';

const RUNNING: Process = { image: 'acme.azurecr.io/r:2', ready: true, restarts: 0, state: 'running' };
const WORKLOAD: Workload = {
  observed: true,
  wanted: 1,
  updated: 1,
  ready: 1,
  conditions: [{ type: PROVISIONED, status: true, reason: 'Succeeded' }],
};
const GROUP: Instance = { name: 'prod-acme', leaving: false, conditions: [], process: RUNNING };
const WELL: Observation = {
  runtime: 'tenant/acme',
  state: 'active',
  workload: WORKLOAD,
  instances: [GROUP],
  volume: { name: 'acme', phase: 'Bound', capacity: '5 GiB' },
  events: [],
};

const unready: Workload = { ...WORKLOAD, ready: 0 };
const event = (reason: string, message: string) => ({ about: 'Container', reason, message });
const groupWith = (process: Partial<Process>, events: Observation['events'] = []): Observation => ({
  ...WELL,
  workload: unready,
  instances: [{ ...GROUP, process: { ...RUNNING, ready: false, ...process } }],
  events,
});
const provisioning = (reason: string, events: Observation['events'] = []): Observation => ({
  ...groupWith({ state: 'waiting' }, events),
  workload: {
    ...unready,
    observed: reason === 'Failed',
    conditions: [{ type: PROVISIONED, status: false, reason }],
  },
});
const pullFailure = event('Failed', 'Failed to pull image "acme.azurecr.io/r:2": unauthorized');
const mountFailure = event('FailedMountAzureFileVolume', 'Failed to mount Azure File Volume.');

interface Case {
  readonly seen: Observation;
  readonly code: ReasonCode;
  readonly says: RegExp;
  /** Seconds; undefined where it passes by itself. */
  readonly hopelessAfterSeconds?: number | undefined;
}

const CASES: Readonly<Record<string, Case>> = {
  'no group': {
    seen: { ...WELL, workload: undefined, instances: [] },
    code: 'not-deployed',
    says: /^it has no container group$/,
    hopelessAfterSeconds: 0,
  },
  'a group that somebody has stopped': {
    seen: { ...WELL, workload: { ...unready, wanted: 0 }, instances: [] },
    code: 'not-deployed',
    says: /group is stopped/,
    hopelessAfterSeconds: 30,
  },
  'a suspended runtime that runs': {
    seen: { ...WELL, state: 'suspended' },
    code: 'not-stopped',
    says: /suspended in the manifest, but there is still prod-acme/,
    hopelessAfterSeconds: 30,
  },
  'the image of an earlier deploy': {
    seen: { ...WELL, workload: { ...unready, updated: 0 } },
    code: 'outdated',
    says: /runs the image acme\.azurecr\.io\/r:2, not that of the manifest/,
    hopelessAfterSeconds: 30,
  },
  'a region without room': {
    seen: provisioning('Failed', [
      event('Failed', "The requested resource with '1' CPU is not available in the location 'westeurope'."),
    ]),
    code: 'unschedulable',
    says: /could not be created: The requested resource/,
    hopelessAfterSeconds: 0,
  },
  'a quota that is used up': {
    seen: provisioning('Failed', [event('Failed', 'container group quota exceeded')]),
    code: 'quota',
    says: /quota exceeded/,
    hopelessAfterSeconds: 0,
  },
  'a creation that failed for another reason': {
    seen: provisioning('Failed'),
    code: 'refused',
    says: /could not be created: no reason is given/,
    hopelessAfterSeconds: 0,
  },
  'an image that cannot be pulled': {
    seen: groupWith({ state: 'waiting', reason: 'ImagePullBackOff' }, [pullFailure]),
    code: 'image',
    says: /cannot be pulled: Failed to pull image .* unauthorized$/,
    hopelessAfterSeconds: 60,
  },
  'an image that failed the creation of the group': {
    seen: provisioning('Failed', [pullFailure]),
    code: 'image',
    says: /cannot be pulled/,
    hopelessAfterSeconds: 60,
  },
  'a share with another key': {
    seen: groupWith({ state: 'waiting', reason: 'FailedMountAzureFileVolume' }, [mountFailure]),
    code: 'mount',
    says: /share cannot be mounted: Failed to mount Azure File Volume$/,
    hopelessAfterSeconds: 60,
  },
  'a share that is gone': {
    seen: { ...groupWith({ state: 'waiting' }), volume: { name: 'acme', phase: 'Lost' } },
    code: 'volume',
    says: /file share acme is gone/,
    hopelessAfterSeconds: 0,
  },
  'want of memory': {
    seen: groupWith({ state: 'waiting', restarts: 2, lastEnd: { exitCode: 137, reason: 'OOMKilled' } }),
    code: 'out-of-memory',
    says: /want of memory, 2 restarts/,
    hopelessAfterSeconds: 30,
  },
  'a host that ends again and again': {
    seen: groupWith(
      { state: 'waiting', restarts: 3, lastEnd: { exitCode: 78 }, lastLine: 'no secret of that name' },
      [pullFailure, mountFailure],
    ),
    code: 'crash',
    says: /exit code 78, 3 restarts so far: no secret of that name/,
    hopelessAfterSeconds: 20,
  },
  'a role that has not spread yet': {
    seen: groupWith({ lastLine: 'waiting for the secrets: assign it the role "Key Vault Secrets User"' }),
    code: 'not-ready',
    says: /not ready: waiting for the secrets/,
    hopelessAfterSeconds: 600,
  },
  'a name that leads elsewhere': {
    seen: groupWith({ notReady: 'acme.copilot.internal leads to 192.0.2.1, and its group has 10.0.0.4' }),
    code: 'not-ready',
    says: /leads to 192\.0\.2\.1/,
    hopelessAfterSeconds: 120,
  },
  'a probe that fails': {
    seen: groupWith({}, [event('Unhealthy', 'Readiness probe failed: HTTP 503')]),
    code: 'not-ready',
    says: /Unhealthy|HTTP 503/,
    hopelessAfterSeconds: 120,
  },
  'a group that Azure is at work on': {
    seen: provisioning('Creating'),
    code: 'progress',
    says: /\(Creating\)/,
  },
};

const explained = (seen: Observation) => explain(seen, AZURE_RULES);

describe('what is wrong with a container group', () => {
  it.each(Object.entries(CASES))('%s', (_, { seen, code, says, hopelessAfterSeconds }) => {
    const [first] = explained(seen);
    expect(first).toMatchObject({ code, message: expect.stringMatching(says) });
    expect(first!.hopelessAfterSeconds).toBe(hopelessAfterSeconds);
    expect(first!.message).toMatch(/^[a-z0-9][^\n]*[^.\n]$/);
    expect(first!.advice).toMatch(/^[a-z][^\n]*[^.\n]$/);
  });

  it('has a case for each of its rules', () => {
    const found = Object.values(CASES).flatMap(({ seen }) => AZURE_RULES.filter((rule) => rule(seen)));
    expect(AZURE_RULES.filter((rule) => !found.includes(rule))).toEqual([]);
  });

  it.each<[string, Observation]>([
    ['runs', WELL],
    ['is suspended', { ...WELL, state: 'suspended', workload: undefined, instances: [] }],
    ['runs again after a failed pull', { ...WELL, events: [pullFailure, mountFailure] }],
  ])('finds nothing where it %s', (_, seen) => {
    expect(isAsWanted(seen)).toBe(true);
    expect(explained(seen)).toEqual([]);
  });
});
