import { isDeepStrictEqual } from 'node:util';

import type { V1Container, V1Pod } from '@kubernetes/client-node';

import { CONTAINER } from '../../topology/index.js';
import { runtimeArguments } from '../../topology/process.js';
import { CheckFailure } from '../check-failure.js';
import type { Check } from '../model.js';
import type { Workbench } from '../workbench.js';

import { runtimeContainer } from './pod.js';

const INTEGRATION_ID = 'GITHUB_COPILOT_INTEGRATION_ID';

export const podAsPlanned: Check = {
  id: 'pod-as-planned',
  why: 'The pod has the planned image, arguments and integration ID and none of the rights that a container can do without, by the API and seen from inside.',
  scope: 'runtime',
  targets: ['kubernetes'],
  maySkipOn: [],
  async run(bench, { from }) {
    const pod = await bench.cluster.pod(from);
    const wrong = [...deviations(bench, from, pod), ...(await insideDeviations(bench, from))];
    if (wrong.length === 0) return undefined;
    throw new CheckFailure({
      expected: `the pod of ${from} to be as planned`,
      seen: wrong.join('; '),
      advice: 'deploy the topology again, and see who or what (a webhook, an operator) changed the pod',
    });
  },
};

/** What the API says that the plan does not. */
function deviations(bench: Workbench, runtime: string, pod: V1Pod): string[] {
  const { expect } = bench.runtime(runtime);
  const container = runtimeContainer(pod);
  if (!container) return [`it has no container ${CONTAINER.name}`];
  const { args, env = [], envFrom = [] } = container;
  const { spec } = pod;
  const id = env.find(({ name }) => name === INTEGRATION_ID)?.value;
  const rules: readonly (readonly [boolean, string])[] = [
    [
      container.image === expect.pod?.image,
      `its image is ${container.image}, planned is ${expect.pod?.image}`,
    ],
    [isDeepStrictEqual(args, plannedArguments(bench, runtime)), `its arguments are ${args?.join(' ')}`],
    [id === expect.integrationId, `its ${INTEGRATION_ID} is ${id ?? 'not set'}`],
    [!env.some(({ valueFrom }) => valueFrom?.secretKeyRef), 'an environment variable comes from a Secret'],
    [!envFrom.some(({ secretRef }) => secretRef), 'its environment comes from a Secret'],
    [!spec?.hostNetwork && !spec?.hostPID && !spec?.hostIPC, 'it shares a namespace of the node'],
    [!spec?.volumes?.some(({ hostPath }) => hostPath), 'it mounts a path of the node'],
    [spec?.automountServiceAccountToken === false, 'it may mount the token of its service account'],
    [!spec?.volumes?.some(hasToken), 'a volume has the token of its service account'],
    ...hardening(pod, container),
  ];
  return rules.flatMap(([holds, deviation]) => (holds ? [] : [deviation]));
}

const hasToken = ({ projected }: { projected?: { sources?: { serviceAccountToken?: object }[] } }) =>
  projected?.sources?.some(({ serviceAccountToken }) => serviceAccountToken) ?? false;

/** What a container says overrides what its pod says. */
function hardening({ spec }: V1Pod, { securityContext = {} }: V1Container): (readonly [boolean, string])[] {
  const merged = { ...spec?.securityContext, ...securityContext };
  const { capabilities } = securityContext;
  return [
    [merged.runAsNonRoot === true, 'it may run as root'],
    [merged.runAsUser === CONTAINER.uid, `its user is ${merged.runAsUser ?? 'that of the image'}`],
    [securityContext.privileged !== true, 'it is privileged'],
    [securityContext.allowPrivilegeEscalation === false, 'its processes may gain rights'],
    [securityContext.readOnlyRootFilesystem === true, 'its root file system is writable'],
    [(capabilities?.drop?.includes('ALL') ?? false) && !capabilities?.add?.length, 'it keeps capabilities'],
    [
      ['RuntimeDefault', 'Localhost'].includes(merged.seccompProfile?.type ?? ''),
      'no seccomp profile confines it',
    ],
  ];
}

function plannedArguments(bench: Workbench, runtime: string): string[] {
  const { port } = bench.cluster.serviceName(runtime);
  return runtimeArguments('kubernetes', port, bench.runtime(runtime).expect.idleTimeoutSeconds);
}

const STATUS = `while read -r key value; do
case "$key" in Uid:|Gid:|CapPrm:|CapEff:|CapBnd:|NoNewPrivs:|Seccomp:) echo "$key $value";; esac
done < /proc/$PPID/status
while read -r _ _ _ _ at options _; do [ "$at" = / ] && echo "root: $options"; done < /proc/$PPID/mountinfo
[ -e /var/run/secrets/kubernetes.io ] && echo "token: mounted"
echo "arguments:"; tr '\\0' '\\n' < /proc/$PPID/cmdline`;

/** What the kernel says of the process of the runtime. */
async function insideDeviations(bench: Workbench, runtime: string): Promise<string[]> {
  const [status = '', cmdline = ''] = (await bench.probe(runtime, STATUS)).split('arguments:\n');
  const seen = new Map(
    status.split('\n').map((line) => {
      const at = line.indexOf(':');
      return [line.slice(0, at), line.slice(at + 1).trim()] as const;
    }),
  );
  const nothing = /^0+$/;
  const planned = plannedArguments(bench, runtime);
  const rules: readonly (readonly [boolean, string])[] = [
    ...(['Uid', 'Gid'] as const).map((key) => {
      const ids = new Set(seen.get(key)?.split(/\s+/));
      return [
        ids.size === 1 && ids.has(String(CONTAINER.uid)),
        `inside, its ${key} is ${seen.get(key)}`,
      ] as const;
    }),
    ...(['CapPrm', 'CapEff', 'CapBnd'] as const).map(
      (key) => [nothing.test(seen.get(key) ?? ''), `inside, its ${key} is ${seen.get(key)}`] as const,
    ),
    [seen.get('NoNewPrivs') === '1', 'inside, it may gain rights'],
    [seen.get('Seccomp') === '2', 'inside, no seccomp filter holds'],
    [seen.get('root')?.split(',').includes('ro') ?? false, 'inside, the root file system is writable'],
    [!seen.has('token'), 'inside, the token of a service account is mounted'],
    [
      isDeepStrictEqual(cmdline.split('\n').slice(1, planned.length + 1), planned),
      `inside, its arguments are ${cmdline.split('\n').slice(1).join(' ')}`,
    ],
  ];
  return rules.flatMap(([holds, deviation]) => (holds ? [] : [deviation]));
}
