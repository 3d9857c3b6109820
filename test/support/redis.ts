import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import type { Readable } from 'node:stream';

import { describe } from '@jest/globals';
import type { Redis } from 'ioredis';

import { openRedis } from '../../client/index.js';

import { afterTest, temporaryDirectory } from './cleanup.js';

const SERVER = 'redis-server';
const there = spawnSync(SERVER, ['--version']).status === 0;

/**
 * Describes tests against a real Redis: skipped where none is installed, with the reason in the name; in CI its
 * absence fails.
 */
export function describeWithRedis(name: string, tests: () => void): void {
  const expected = there || process.env.CI !== undefined;
  const run = expected ? describe : describe.skip;
  run(expected ? name : `${name} (skipped: install ${SERVER} to run this)`, tests);
}

/** One Redis in memory, ended with the test. */
export class TestRedis {
  #child: ChildProcess | undefined;

  private constructor(
    readonly port: number,
    readonly directory: string,
  ) {}

  static async start(): Promise<TestRedis> {
    const redis = new TestRedis(await freePort(), temporaryDirectory());
    afterTest(() => redis.kill());
    await redis.start();
    return redis;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Starts it, again on the same port: empty, for it keeps nothing on disk. */
  async start(): Promise<void> {
    const settings = {
      bind: '127.0.0.1',
      port: String(this.port),
      save: '',
      appendonly: 'no',
      dir: this.directory,
    };
    const args = Object.entries(settings).flatMap(([key, value]) => [`--${key}`, value]);
    const child = spawn(SERVER, args, { stdio: ['ignore', 'pipe', 'ignore'] });
    this.#child = child;
    await untilReady(child);
  }

  /** Ends it as a crash does. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  /** A client, closed with the test. */
  async client(): Promise<Redis> {
    const client = await openRedis(this.url);
    afterTest(() => client.disconnect());
    return client;
  }
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Waits until a Redis accepts connections. @throws Error with what it has said when it ends instead */
export async function untilReady(server: ChildProcess & { readonly stdout: Readable }): Promise<void> {
  let output = '';
  server.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  const ended = once(server, 'exit').then(() => true);
  while (!output.includes('Ready to accept connections')) {
    if (await Promise.race([once(server.stdout, 'data').then(() => false), ended])) {
      throw new Error(`redis-server ended:\n${output}`);
    }
  }
}
