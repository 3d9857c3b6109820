import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { describe, expect, it } from '@jest/globals';
import { KubeConfig } from '@kubernetes/client-node';

import { TokenSecrets } from '../../../services/gateway/tokens/secrets.js';
import type { Tokens } from '../../../services/gateway/tokens/source.js';
import { GATEWAY_TOKEN_KEY, GATEWAY_TOKEN_LABELS } from '../../../topology/gateway-contract.js';
import { afterTest } from '../../support/cleanup.js';
import { waitFor } from '../../support/wait.js';

const NAMESPACE = 'prod-pool';

function secret(tenant: string, slot: string, value: string, resourceVersion: string) {
  return {
    kind: 'Secret',
    apiVersion: 'v1',
    metadata: {
      name: `gateway-token-${tenant}-${slot}`,
      namespace: NAMESPACE,
      resourceVersion,
      labels: { [GATEWAY_TOKEN_LABELS.tenant]: tenant, [GATEWAY_TOKEN_LABELS.slot]: slot },
    },
    data: { [GATEWAY_TOKEN_KEY]: Buffer.from(value).toString('base64') },
  };
}

/** The list and the watch of Secrets as an API server serves them. */
async function apiServer(items: readonly object[]) {
  const asked: string[] = [];
  const watches: ServerResponse[] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://api');
    asked.push(`${url.pathname} ${url.searchParams.get('labelSelector')}`);
    response.writeHead(200, { 'content-type': 'application/json' });
    if (url.searchParams.get('watch') === 'true') {
      response.flushHeaders();
      watches.push(response);
    } else {
      response.end(
        JSON.stringify({ kind: 'SecretList', apiVersion: 'v1', metadata: { resourceVersion: '1' }, items }),
      );
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  afterTest(() => {
    server.closeAllConnections();
    server.close();
  });
  const config = new KubeConfig();
  config.loadFromClusterAndUser(
    { name: 'c', server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, skipTLSVerify: true },
    { name: 'u' },
  );
  return {
    config,
    asked,
    watches,
    tell: (type: string, object: object) => watches.at(-1)!.write(`${JSON.stringify({ type, object })}\n`),
  };
}

describe('tokens in Secrets', () => {
  it('are those with the labels, and follow every change without a restart', async () => {
    const api = await apiServer([secret('acme', 'a', 'one', '1')]);
    const warnings: string[] = [];
    const source = new TokenSecrets(NAMESPACE, (message) => warnings.push(message), api.config);
    afterTest(() => source.close());
    let known: Tokens = new Map();
    await source.start((tokens) => (known = tokens));
    await waitFor('the watch', () => api.watches.length === 1);
    expect(Object.fromEntries(known)).toEqual({ 'acme.a': 'one' });
    const labels = Object.values(GATEWAY_TOKEN_LABELS).join(',');
    expect(new Set(api.asked)).toEqual(new Set([`/api/v1/namespaces/${NAMESPACE}/secrets ${labels}`]));

    api.tell('ADDED', secret('acme', 'b', 'two', '2'));
    await waitFor('the new slot', () => known.get('acme.b') === 'two');
    api.tell('MODIFIED', secret('acme', 'a', 'three', '3'));
    await waitFor('the new value', () => known.get('acme.a') === 'three');
    api.tell('DELETED', secret('acme', 'b', 'two', '4'));
    await waitFor('the end of the slot', () => !known.has('acme.b'));

    // What is known stays valid while the API server is away, and is followed again afterwards.
    api.watches.at(-1)!.destroy();
    await waitFor('another watch', () => api.watches.length > 1);
    expect(known.has('acme.a')).toBe(true);
    api.tell('ADDED', secret('globex', 'a', 'four', '9'));
    await waitFor('the next tenant', () => known.get('globex.a') === 'four');
    expect(warnings.join()).not.toMatch(/one|two|three/);
  });
});
