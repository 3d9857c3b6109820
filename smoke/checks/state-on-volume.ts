import { dirname } from 'node:path/posix';

import type { V1Pod } from '@kubernetes/client-node';

import { ANY_RUNTIME } from '../../topology/labels.js';
import { CheckFailure } from '../check-failure.js';
import type { Check } from '../model.js';

import { runtimeContainer } from './pod.js';

export const stateOnVolume: Check = {
  id: 'state-on-volume',
  why: 'The home lies on the planned volume, which outlives the pod, and no other pod has that volume, but replicas that share it.',
  scope: 'runtime',
  targets: ['kubernetes'],
  maySkipOn: [],
  async run(bench, { from }) {
    const { pod: expected, sharedSessions = false } = bench.runtime(from).expect;
    const planned = expected?.claim ?? '';
    const mount = dirname(bench.target.home(from));
    const pod = await bench.cluster.pod(from);
    const claim = claimAt(pod, mount);
    if (claim !== planned) {
      throw failure(`volume claim ${planned} at ${mount}`, claim ?? 'what is there is no claim');
    }
    const { status } = await bench.cluster.claim(from, planned);
    if (status?.phase !== 'Bound') {
      throw failure(`volume claim ${planned} to be bound`, `it is ${status?.phase ?? 'unknown'}`);
    }
    const others = (await bench.cluster.pods(from)).filter(
      (other) =>
        other.metadata?.uid !== pod.metadata?.uid &&
        isThere(other) &&
        claimsOf(other).includes(planned) &&
        !(sharedSessions && isRuntime(other)),
    );
    if (others.length > 0) {
      const names = others.map(({ metadata }) => metadata?.name);
      throw failure(`${planned} to be mounted by ${from} alone`, `${names.join(', ')} has it too`);
    }
    const mounts = await bench.probe(
      from,
      'while read -r _ _ _ _ at _; do echo "$at"; done < /proc/$PPID/mountinfo',
    );
    if (!mounts.split('\n').includes(mount)) {
      throw failure(`a volume mounted at ${mount}`, 'inside the container there is none');
    }
    return undefined;
  },
};

/** Claims of a pod, by itself or by way of an ephemeral volume. */
function claimsOf({ spec }: V1Pod): string[] {
  return (spec?.volumes ?? []).flatMap(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? []);
}

function claimAt(pod: V1Pod, path: string): string | undefined {
  const { volumeMounts = [] } = runtimeContainer(pod) ?? {};
  const name = volumeMounts.find(({ mountPath }) => mountPath === path)?.name;
  return pod.spec?.volumes?.find((volume) => volume.name === name)?.persistentVolumeClaim?.claimName;
}

/** A replica has a home of its own on the shared volume. */
const isRuntime = ({ metadata }: V1Pod) =>
  Object.entries(ANY_RUNTIME).every(([label, value]) => metadata?.labels?.[label] === value);

/** A pod that has ended, or is ending to make room for this one, writes nothing any more. */
const isThere = ({ metadata, status }: V1Pod) =>
  !metadata?.deletionTimestamp && !['Succeeded', 'Failed'].includes(status?.phase ?? '');

function failure(expected: string, seen: string): CheckFailure {
  return new CheckFailure({
    expected,
    seen,
    advice: 'deploy the planned pod again; what was written elsewhere meanwhile has to be copied by hand',
  });
}
