import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';

import { describe, expect, it } from '@jest/globals';
import { KubeConfig } from '@kubernetes/client-node';

import {
  connectTenant,
  connectTenantRuntime,
  kubernetesResolver,
  localResolver,
  NoRouteError,
  OptionsError,
  parseManifest,
  ResolveError,
  RuntimeClient,
  type ConnectTenantOptions,
  type Manifest,
} from '../../client/index.js';
import { bringUp } from '../../local/index.js';
import { manifestOf } from '../../topology/index.js';
import { STAND_IN_MODEL } from '../../topology/stand-in.js';
import { afterTest, temporaryDirectory } from '../support/cleanup.js';
import { ask, sessionConfig, tokenOf } from '../support/runtime-client.js';
import { HYBRID, planOf } from '../support/topology.js';

const ACME = 'tenant/acme';
/** Nobody may be asked. */
const nowhere = localResolver('/nonexistent/manifest.json');

async function up() {
  const {
    stateDirectory: state,
    manifestFile,
    stop,
  } = await bringUp(planOf(), {
    stateRoot: temporaryDirectory(),
  });
  afterTest(stop);
  const manifest = parseManifest(readFileSync(manifestFile, 'utf8'));
  return { state, manifestFile, manifest, resolve: localResolver(manifestFile) };
}

describe('connecting a tenant', () => {
  it('finds its own runtime and token by the manifest', async () => {
    const { state, manifest, resolve } = await up();
    const client = await connectTenant(manifest, 'acme', { resolve });
    afterTest(() => client.forceStop());
    const session = await client.createSession(sessionConfig(state, ACME));
    await expect(ask(session, { reply: 'hello' })).resolves.toBe('hello');
    await expect(client.createSession({ availableTools: ['builtin:*'] })).rejects.toThrow(/allows the shell/);
  });

  it('goes to the gateway with its own token when it is pooled', async () => {
    const { manifestFile, stateDirectory, stop } = await bringUp(planOf(HYBRID), {
      stateRoot: temporaryDirectory(),
    });
    afterTest(stop);
    const resolve = localResolver(manifestFile);
    const manifest = parseManifest(readFileSync(manifestFile, 'utf8'));
    const client = await connectTenant(manifest, 'docs', { resolve });
    afterTest(() => client.forceStop());
    const session = await client.createSession(sessionConfig(stateDirectory, 'pool/0'));
    await expect(ask(session, { reply: 'hello' })).resolves.toBe('hello');

    // The replica's token, which a tenant must never have, is none at the gateway.
    const resolveWrong = { ...resolve, secret: async () => tokenOf(stateDirectory, 'pool/0') };
    await expect(connectTenant(manifest, 'docs', { resolve: resolveWrong })).rejects.toMatchObject({
      code: -32002,
    });
    const { gateway: _, ...without } = manifest;
    await expect(connectTenant(without, 'docs', { resolve })).rejects.toThrow(
      /in the pool, but .* no gateway/,
    );
  });

  it('passes the provider of the topology with each session, created or resumed, unless it has its own', async () => {
    const { state, manifest, resolve } = await up();
    const { provider } = sessionConfig(state, ACME);
    const acme = manifest.runtimes[ACME]!;
    const apiKey = { kind: 'file', path: 'key' } as const;
    writeFileSync(path.join(path.dirname(path.join(state, 'x')), 'key'), 'the-key');
    const withProvider: Manifest = {
      ...manifest,
      runtimes: {
        [ACME]: {
          ...acme,
          provider: { type: 'openai', baseUrl: provider.baseUrl, model: STAND_IN_MODEL, apiKey },
        },
      },
    };
    const connect = async () => {
      const client = await connectTenant(withProvider, 'acme', { resolve });
      afterTest(() => client.forceStop());
      return client;
    };
    const session = await (await connect()).createSession({ availableTools: [], sessionId: 's' });
    const first = await ask(session, { identify: true });
    await session.disconnect();
    const client = await connect();
    const resumed = await client.resumeSession('s', { availableTools: [] });
    await expect(ask(resumed, { identify: true })).resolves.toBe(first);
    const own = await client.createSession({ ...sessionConfig(state, ACME), availableTools: [] });
    await expect(ask(own, { identify: true })).resolves.not.toBe(first);
  });

  it('says that nothing runs for a tenant, and why', async () => {
    const tenants = { acme: { state: 'suspended' }, old: { state: 'retired' } };
    const manifest = manifestOf(planOf({ tenants }));
    const connect = (id: string) => connectTenant(manifest, id, { resolve: nowhere });
    await expect(connect('acme')).rejects.toThrow(
      'nothing runs for tenant acme, which is suspended: set its state to active in the topology and deploy',
    );
    await expect(connect('old')).rejects.toThrow(/which is retired/);
    for (const id of ['nobody', 'constructor', '__proto__']) {
      await expect(connect(id)).rejects.toThrow(NoRouteError);
      await expect(connect(id)).rejects.toThrow(`has no tenant "${id}": it knows acme, old`);
    }
    await expect(connectTenantRuntime(manifest, 'tenant/x', { resolve: nowhere })).rejects.toThrow(
      /no runtime/,
    );
  });

  it('refuses options that would be ignored, with what to do instead', async () => {
    const manifest = manifestOf(planOf());
    const connect = (options: object) =>
      connectTenant(manifest, 'acme', { resolve: nowhere, ...options } as ConnectTenantOptions);
    for (const name of [
      'baseDirectory',
      'cliUrl',
      'env',
      'telemetry',
      'sessionIdleTimeoutSeconds',
      'sessionFs',
    ]) {
      await expect(connect({ [name]: 'x' })).rejects.toThrow(OptionsError);
      await expect(connect({ [name]: 'x' })).rejects.toThrow(new RegExp(`^${name} cannot be used: `));
    }
    await expect(connect({ githubToken: 'secret-value' })).rejects.toThrow(
      'githubToken is not a known option: did you mean gitHubToken?',
    );
    await expect(connect({ zzz: 1, env: {} })).rejects.toThrow(
      /^zzz is not a known option: use resolve, .*; env cannot/,
    );
    expect(() => new RuntimeClient({ address: 'a:1', gitHubToken: 'x' } as never)).toThrow(
      /^gitHubToken cannot be used: .* use access/,
    );
  });
});

describe('the local resolver', () => {
  it('says what is not there, and what is not local', async () => {
    await expect(nowhere.address({ kind: 'local', file: 'e.json' })).rejects.toThrow(
      'nothing runs behind /nonexistent/e.json: start it with "copilot-runtimes up --keep"',
    );
    await expect(nowhere.secret({ kind: 'file', path: 't' })).rejects.toThrow(/cannot read .* \(ENOENT\)/);
    await expect(nowhere.address({ kind: 'dns', host: 'h', port: 1 })).rejects.toThrow(ResolveError);
    await expect(
      nowhere.secret({ kind: 'keyVaultSecret', vault: 'https://acme.vault.azure.net/', name: 'n' }),
    ).rejects.toThrow(ResolveError);
  });
});

describe('the Kubernetes resolver', () => {
  const place = { kind: 'kubernetesSecret', namespace: 'acme', name: 'runtime-token', key: 'token' } as const;

  it('names the Service, and reads a mounted Secret', async () => {
    const secretsDirectory = temporaryDirectory();
    const resolve = kubernetesResolver({ secretsDirectory });
    await expect(
      resolve.address({ kind: 'service', namespace: 'acme', name: 'runtime', port: 4321 }),
    ).resolves.toBe('runtime.acme.svc:4321');
    await expect(resolve.secret(place)).rejects.toThrow(
      /runtime-token\/token \(ENOENT\): mount Secret runtime-token/,
    );
    mkdirSync(path.join(secretsDirectory, 'runtime-token'));
    writeFileSync(path.join(secretsDirectory, 'runtime-token', 'token'), 'value\n');
    await expect(resolve.secret(place)).resolves.toBe('value');
    await expect(resolve.address({ kind: 'local', file: 'f' })).rejects.toThrow(ResolveError);
    await expect(resolve.secret({ kind: 'file', path: 'f' })).rejects.toThrow(ResolveError);
  });

  it('reads a Secret by the API, and says what right is missing', async () => {
    const asked: string[] = [];
    const server = createServer((request: IncomingMessage, response) => {
      asked.push(`${request.method} ${request.url} ${request.headers.authorization}`);
      const allowed = request.url!.endsWith('/runtime-token');
      response.writeHead(allowed ? 200 : 403, { 'content-type': 'application/json' });
      const data = { token: Buffer.from('value').toString('base64') };
      response.end(JSON.stringify(allowed ? { kind: 'Secret', data } : { kind: 'Status', code: 403 }));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    afterTest(() => server.close());
    const kubeConfig = new KubeConfig();
    kubeConfig.loadFromClusterAndUser(
      {
        name: 'c',
        server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        skipTLSVerify: true,
      },
      { name: 'u', token: 'pod-token' },
    );
    const resolve = kubernetesResolver({ kubeConfig });
    await expect(resolve.secret(place)).resolves.toBe('value');
    expect(asked).toEqual(['GET /api/v1/namespaces/acme/secrets/runtime-token Bearer pod-token']);
    await expect(resolve.secret({ ...place, key: 'other' })).rejects.toThrow(/has no key other/);
    await expect(resolve.secret({ ...place, name: 'foreign' })).rejects.toThrow(
      /cannot read Secret acme\/foreign \(403\): name this pod's service account under "clients"/,
    );
  });
});
