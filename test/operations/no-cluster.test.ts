import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import path from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { temporaryDirectory } from '../support/cleanup.js';

import { fakeApi, kubeconfigFor, serve, TOKEN } from './fake-api.js';
import { messages, runPreflight } from './run-preflight.js';

describe('preflight of what is no cluster', () => {
  const alone = async (kubeconfig: string | undefined, env?: Record<string, string>) => {
    const report = await runPreflight(
      kubeconfig,
      { kubernetes: { provider: kubeconfig ? { kubeconfig } : {} } },
      env,
    );
    expect(report.complete).toBe(false);
    expect(messages(report)).toHaveLength(1);
    return messages(report)[0];
  };

  it('a server that answers 404 to everything', async () => {
    const { kubeconfig } = await serve((_, response) => response.writeHead(404).end());
    expect(await alone(kubeconfig)).toMatch(/answers 404, so it is not a Kubernetes API/);
  });

  it('a server that answers anything with a page', async () => {
    const { kubeconfig } = await serve((_, response) =>
      response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>hello</h1>'),
    );
    expect(await alone(kubeconfig)).toMatch(/does not answer like a Kubernetes API/);
  });

  it('a port that nobody listens on', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    expect(await alone(kubeconfigFor(`https://127.0.0.1:${port}`))).toMatch(
      /cannot be reached \(.*ECONNREFUSED.*\): check the server in the kubeconfig/,
    );
  });

  it('a server that speaks no TLS', async () => {
    const { kubeconfig: plain } = await serve((_, response) => response.end());
    const port = /127\.0\.0\.1:(\d+)/.exec(readFileSync(plain, 'utf8'))![1];
    expect(await alone(kubeconfigFor(`https://127.0.0.1:${port}`))).toMatch(
      /^https:\S+ does not speak TLS \(.+\): check the server in the kubeconfig/,
    );
  });

  it('a kubeconfig that is missing', async () => {
    expect(await alone('/nowhere/kubeconfig')).toMatch(/cannot read the credentials .*\/nowhere\/kubeconfig/);
  });

  it('a kubeconfig that is not valid, without quoting it', async () => {
    const file = path.join(temporaryDirectory(), 'kubeconfig');
    writeFileSync(file, `users:\n- name: x\n  user:\n    token: ${TOKEN}\n   wrong: indentation\n`);
    const message = await alone(file);
    expect(message).toMatch(
      /cannot read the credentials of the cluster from \S+kubeconfig \([^\n]+\): name a kubeconfig/,
    );
    expect(message).not.toContain(TOKEN);
  });

  it('a context that is missing', async () => {
    const kubeconfig = kubeconfigFor('https://127.0.0.1:1');
    const report = await runPreflight(undefined, {
      kubernetes: { provider: { kubeconfig, context: 'prod' } },
    });
    expect(messages(report)).toEqual([
      expect.stringMatching(/there is no context prod in \S+: known are test/),
    ]);
  });

  it('no kubeconfig at all, for which Terraform takes localhost', async () => {
    expect(await alone(undefined)).toMatch(/Terraform would silently take http:\/\/localhost/);
  });

  it('a kubeconfig that only kubectl would find', async () => {
    const env = { KUBECONFIG: kubeconfigFor('https://127.0.0.1:1') };
    expect(await alone(undefined, env)).toMatch(/KUBECONFIG is set, which Terraform does not read/);
  });

  it('a credential plugin that is not installed', async () => {
    const exec = { host: 'https://127.0.0.1:1', clusterCaCertificate: 'x', command: 'no-such-plugin' };
    const report = await runPreflight(undefined, { kubernetes: { provider: { exec } } });
    expect(messages(report)).toEqual([
      expect.stringMatching(/credential plugin fails \(.*no-such-plugin.*\)/),
    ]);
  });

  it('takes the kubeconfig of Terraform where the topology names none', async () => {
    const api = await fakeApi();
    const report = await runPreflight(undefined, {}, { KUBE_CONFIG_PATH: api.kubeconfig });
    expect(report.findings).toEqual([]);
  });
});
