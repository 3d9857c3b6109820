import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import net, { type AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';

import { CONTAINER } from '../../../topology/host-contract.js';
import { untilReady } from '../../support/redis.js';

import { found, type Environment } from './environment.js';

/** A folder of the node as a volume that every pod may write, bound by the name of its class. */
export class SharedFolder {
  private constructor(
    private readonly environment: Environment,
    readonly storageClass: string,
    readonly directory: string,
  ) {}

  static async create(environment: Environment, storageClass: string): Promise<SharedFolder> {
    const directory = await mkdtemp(path.join(os.tmpdir(), 'copilot-runtimes-shared-'));
    await chown(directory, CONTAINER.uid, CONTAINER.uid);
    const folder = new SharedFolder(environment, storageClass, directory);
    await environment.cluster.core.createPersistentVolume({
      body: {
        metadata: { name: storageClass },
        spec: {
          capacity: { storage: '1Gi' },
          accessModes: ['ReadWriteMany'],
          persistentVolumeReclaimPolicy: 'Retain',
          storageClassName: storageClass,
          hostPath: { path: directory, type: 'Directory' },
        },
      },
    });
    return folder;
  }

  async remove(): Promise<void> {
    await found(this.environment.cluster.core.deletePersistentVolume({ name: this.storageClass }));
    await rm(this.directory, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** A Redis beside the cluster, on an address that its pods can reach, with a password. */
export class NodeRedis {
  #child: ChildProcess | undefined;

  private constructor(
    readonly host: string,
    readonly port: number,
  ) {}

  /** @param host address of this machine */
  static async start(host: string, password: string): Promise<NodeRedis> {
    const redis = new NodeRedis(host, await freePort(host));
    const directory = os.tmpdir();
    const child = spawn('redis-server', ['-'], { cwd: directory, stdio: ['pipe', 'pipe', 'ignore'] });
    redis.#child = child;
    // By the standard input: arguments of a process are there for everybody to read.
    child.stdin.end(`bind ${host}\nport ${redis.port}\nrequirepass ${password}\nsave ""\nappendonly no\n`);
    await untilReady(child);
    return redis;
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
}

async function freePort(host: string): Promise<number> {
  const server = net.createServer().listen(0, host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
