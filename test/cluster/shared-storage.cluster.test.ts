import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { directive } from '../../topology/stand-in.js';
import { waitFor } from '../support/wait.js';

import { cli, deployerFor, type Deployer } from './harness/deployer.js';
import { clusterEnvironment } from './harness/environment.js';
import { GatewayAccess } from './harness/gateway.js';
import { claimUids, namespaceOf } from './harness/observed.js';
import { readManifest, SETTINGS } from './harness/session.js';
import { NodeRedis, SharedFolder } from './harness/shared-storage.js';

const environment = clusterEnvironment();
const CLASS = 'rwx-test';
const PASSWORD = randomBytes(24).toString('hex');

describe('a pool whose replicas share their storage', () => {
  let folder: SharedFolder;
  let redis: NodeRedis;
  let deployer: Deployer;
  let gateway: GatewayAccess;

  const topology = (replicas: number) => ({
    name: 'rwx',
    pattern: 'shared',
    runtime: { resources: { cpu: '20m', memoryMiB: 192 } },
    storage: { retention: 'delete' },
    pool: {
      replicas,
      storage: 'shared',
      class: CLASS,
      sizeGiB: 1,
      lock: {
        redis: { url: `redis://${redis.host}:${redis.port}`, password: { variable: 'redis_password' } },
        ttlSeconds: 5,
      },
      gateway: { replicas: 1 },
    },
    tenants: { acme: {} },
    smoke: { standIn: true },
  });
  const deploy = async (replicas: number) => {
    await deployer.deploy(topology(replicas));
    await cli(['rollout', '--manifest', deployer.manifest()]);
  };
  const scale = async (namespace: string, name: string, replicas: number) =>
    environment.cluster.apps.patchNamespacedDeployment({
      namespace,
      name,
      body: [{ op: 'replace', path: '/spec/replicas', value: replicas }],
    });

  beforeAll(async () => {
    const { items } = await environment.cluster.core.listNode();
    const host = items[0]?.status?.addresses?.find(({ type }) => type === 'InternalIP')?.address ?? '';
    process.env.TF_VAR_redis_password = PASSWORD;
    folder = await SharedFolder.create(environment, CLASS);
    redis = await NodeRedis.start(host, PASSWORD);
    deployer = await deployerFor(environment);
  });
  afterAll(async () => {
    delete process.env.TF_VAR_redis_password;
    await gateway?.close();
    await deployer.destroy();
    await redis.stop();
    await folder.remove();
  }, 300_000);

  it('comes up, each replica with a home of its own on the one volume', async () => {
    await deploy(2);
    const manifest = await readManifest(deployer.manifest());
    expect(Object.keys(await claimUids(environment, namespaceOf(manifest, 'pool/0')))).toEqual([
      'pool-state',
    ]);
    expect((await readdir(folder.directory)).sort()).toEqual(['runtime-0', 'runtime-1', 'sessions']);
    gateway = new GatewayAccess(environment, manifest);
  });

  it('moves a session to another replica when its own is gone, with its whole history', async () => {
    const manifest = await readManifest(deployer.manifest());
    const client = await gateway.client('acme');
    const session = await client.createSession({ ...SETTINGS, sessionId: 's' });
    await session.sendAndWait({ prompt: 'one' }, 20_000);
    const home = (await gateway.replicaOf('acme'))!;
    const { namespace, name } = manifest.runtimes[home]!.endpoint as { namespace: string; name: string };

    await scale(namespace, name, 0);
    await waitFor('the replica to go', async () => (await gateway.replicaOf('acme')) === undefined, 60_000);
    const again = await client.resumeSession('s', SETTINGS);
    const answer = await again.sendAndWait({ prompt: directive({ recall: true }) }, 20_000);
    expect(JSON.parse(answer?.data.content ?? '[]')[0]).toBe('one');
    expect(await gateway.replicaOf('acme')).toBe(home === 'pool/0' ? 'pool/1' : 'pool/0');
    await again.disconnect();
    await scale(namespace, name, 1);
  });

  it('keeps its volume and the session when it shrinks', async () => {
    const manifest = await readManifest(deployer.manifest());
    const before = await claimUids(environment, namespaceOf(manifest, 'pool/0'));
    await deploy(1);
    expect(await claimUids(environment, namespaceOf(manifest, 'pool/0'))).toEqual(before);
    expect(await readdir(path.join(folder.directory, 'sessions'))).toContain('acme__s');
  });

  it('has the password of Redis in no file of the deployment and in no object but its Secret', async () => {
    const entries = await readdir(deployer.directory, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile());
    const texts = await Promise.all(
      files.map(({ parentPath, name }) => readFile(path.join(parentPath, name), 'latin1')),
    );
    const namespace = namespaceOf(await readManifest(deployer.manifest()), 'pool/0');
    const { core, apps } = environment.cluster;
    const objects = [
      await core.listNamespacedConfigMap({ namespace }),
      await core.listNamespacedPod({ namespace }),
      await apps.listNamespacedDeployment({ namespace }),
    ].map((list) => JSON.stringify(list));
    expect(objects.join()).toContain('redis-password');
    // A GitOps render is asked for values here, so only Terraform can keep to it.
    const written = deployer.kind === 'terraform' ? [...texts, ...objects] : objects;
    expect(written.filter((text) => text.includes(PASSWORD))).toEqual([]);
    const { data } = await core.readNamespacedSecret({ namespace, name: 'gateway-redis-password' });
    expect(Buffer.from(data?.['redis-password'] ?? '', 'base64').toString()).toBe(PASSWORD);
  });
});
