import type { V1Pod } from '@kubernetes/client-node';

import { waitFor } from '../../support/wait.js';

import type { Environment } from './environment.js';

/** A pod that belongs to nobody's deployment: an application, a Prometheus, a service. */
export interface Bystander {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Ports that it accepts connections on. @default - none */
  readonly ports?: readonly number[];
}

/** Starts a pod in a namespace that is there, and waits until it is ready. */
export async function startBystander(environment: Environment, bystander: Bystander): Promise<V1Pod> {
  const { core } = environment.cluster;
  const { namespace, labels, ports = [] } = bystander;
  const listen = `for (const port of ${JSON.stringify(ports)}) require('net').createServer().listen(port);`;
  const { metadata } = await core.createNamespacedPod({
    namespace,
    body: {
      metadata: { generateName: 'bystander-', labels: { ...labels } },
      spec: {
        terminationGracePeriodSeconds: 0,
        containers: [
          {
            name: 'bystander',
            image: environment.image,
            imagePullPolicy: 'IfNotPresent',
            command: ['node', '-e', `${listen} setInterval(() => {}, 60_000);`],
            ...(ports.length > 0 && { readinessProbe: { tcpSocket: { port: ports[0]! }, periodSeconds: 1 } }),
          },
        ],
      },
    },
  });
  const name = metadata!.name!;
  return waitFor(
    `pod ${namespace}/${name}`,
    async () => {
      const pod = await core.readNamespacedPod({ namespace, name });
      return pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') && pod;
    },
    60_000,
  );
}
