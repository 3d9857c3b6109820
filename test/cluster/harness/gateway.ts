import { CopilotClient, RuntimeConnection } from '@github/copilot-sdk';

import { Forward } from '../../../smoke/targets/kubernetes/forward.js';
import { GATEWAY_PORTS } from '../../../topology/gateway-contract.js';
import type { Manifest } from '../../../topology/index.js';
import { gatewayLabels } from '../../../topology/labels.js';

import type { Environment } from './environment.js';

/** The gateway of a deployment, reached through the API server. Whoever opens it closes it. */
export class GatewayAccess {
  readonly #closers: (() => Promise<unknown>)[] = [];

  constructor(
    private readonly environment: Environment,
    private readonly manifest: Manifest,
  ) {}

  /** An unchanged SDK client of a tenant. */
  async client(tenant: string): Promise<CopilotClient> {
    const { address, connectionToken } = await this.way(tenant);
    const client = new CopilotClient({
      mode: 'empty',
      connection: RuntimeConnection.forUri(address, { connectionToken }),
    });
    this.#closers.unshift(() => client.forceStop());
    await client.start();
    return client;
  }

  /** Where a tenant connects, each time to a gateway that is there then, and with what. */
  async way(tenant: string): Promise<{ address: string; connectionToken: string }> {
    const route = this.manifest.routes[tenant];
    if (route?.to !== 'pool' || route.token.kind !== 'kubernetesSecret')
      throw new Error(`${tenant} is not pooled`);
    const { namespace, name, key } = route.token;
    const { data } = await this.environment.cluster.core.readNamespacedSecret({ namespace, name });
    const connectionToken = Buffer.from(data?.[key] ?? '', 'base64').toString();
    return { address: await this.#forward(GATEWAY_PORTS.listen), connectionToken };
  }

  /** Id of the replica that a tenant has one session attached at, by what the gateway counts. */
  async replicaOf(tenant: string): Promise<string | undefined> {
    const address = await this.#forward(GATEWAY_PORTS.health);
    const text = await (await fetch(`http://${address}/metrics`)).text();
    const line = new RegExp(`_sessions\\{tenant="${tenant}",replica="(pool/\\d)"\\} 1$`, 'm');
    return line.exec(text)?.[1];
  }

  async close(): Promise<void> {
    for (const close of this.#closers.splice(0)) await close().catch(() => undefined);
  }

  async #forward(port: number): Promise<string> {
    const endpoint = this.manifest.gateway?.endpoint;
    if (endpoint?.kind !== 'service') throw new Error('the manifest has no gateway with a Service');
    const { namespace, name } = endpoint;
    const labelSelector = Object.entries(gatewayLabels(name))
      .map(([key, value]) => `${key}=${value}`)
      .join(',');
    const forward = await Forward.start(this.environment.cluster.config, async () => {
      const { items } = await this.environment.cluster.core.listNamespacedPod({ namespace, labelSelector });
      const pod = items.find(({ metadata }) => !metadata?.deletionTimestamp)?.metadata?.name ?? '';
      return { namespace, pod, port };
    });
    this.#closers.push(() => forward.close());
    return forward.address;
  }
}
