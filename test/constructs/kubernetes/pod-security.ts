import { all, objects, type Json, type TerraformJson } from './support.js';

const CONTAINER_LISTS = ['container', 'init_container', 'ephemeral_container'] as const;
const VOLUMES = ['persistent_volume_claim', 'empty_dir', 'projected', 'config_map'];
/** The node's own things; nothing in a pod may name them. */
const OF_THE_NODE = [
  'host_path',
  'host_port',
  'host_network',
  'host_pid',
  'host_ipc',
  'share_process_namespace',
];

/**
 * What is wrong with the pods, accounts and namespaces of a stack by Pod Security `restricted` and our own rules.
 * Everything has to be said: the provider writes an insecure default for what is left out.
 */
export function securityProblems(stack: TerraformJson): string[] {
  const pods = [...objects(stack)].filter((value) => Array.isArray(value.container));
  return [
    ...pods.flatMap(podProblems),
    ...all(stack, 'service_account').flatMap((account) =>
      account.automount_service_account_token === false
        ? []
        : [`account ${account.metadata.name}: automount`],
    ),
    ...all(stack, 'namespace').flatMap(({ metadata }) =>
      ['enforce', 'audit', 'warn']
        .filter((mode) => metadata.labels[`pod-security.kubernetes.io/${mode}`] !== 'restricted')
        .map((mode) => `namespace ${metadata.name}: ${mode}`),
    ),
    ...[...objects(stack)].flatMap((value) =>
      OF_THE_NODE.filter((key) => Object.hasOwn(value, key) && value[key] !== false),
    ),
  ];
}

function podProblems(pod: Json): string[] {
  const says = (where: string, value: Json, wanted: Record<string, unknown>) =>
    Object.entries(wanted)
      .filter(([key, want]) => JSON.stringify(value?.[key]) !== JSON.stringify(want))
      .map(([key]) => `${where}: ${key}`);
  const identity = {
    run_as_non_root: true,
    run_as_user: '10001',
    run_as_group: '10001',
    seccomp_profile: { type: 'RuntimeDefault' },
  };
  return [
    ...says('pod', pod, {
      // The gateway's is the one exception: it follows the Secrets with the tenants' tokens.
      automount_service_account_token: pod.service_account_name === 'gateway',
      enable_service_links: false,
    }),
    ...says('pod', pod.security_context, { ...identity, fs_group: '10001' }),
    ...CONTAINER_LISTS.flatMap((kind) => pod[kind] ?? []).flatMap((container) =>
      says(container.name, container.security_context, {
        ...identity,
        privileged: false,
        allow_privilege_escalation: false,
        read_only_root_filesystem: true,
        capabilities: { drop: ['ALL'] },
      }),
    ),
    ...pod.volume.flatMap((volume: Json) =>
      Object.keys(volume)
        .filter((key) => key !== 'name' && !VOLUMES.includes(key))
        .map((key) => `volume ${volume.name}: ${key}`),
    ),
  ];
}
