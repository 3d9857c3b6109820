import { fork, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { approveAll, CopilotClient, RuntimeConnection, type SessionConfig } from '@github/copilot-sdk';

import { resolveBinary } from '../../../../services/runtime-host/binary.js';
import { serveModel } from '../../../../services/runtime-host/stand-in/model.js';
import {
  GATEWAY_ENV,
  type GatewayConfig,
  type GatewayMessage,
} from '../../../../topology/gateway-contract.js';
import {
  gatewayLimits,
  gatewayPolicy,
  type GatewayLimits,
  type GatewayPolicy,
} from '../../../../topology/schema/gateway.js';
import { STAND_IN_MODEL } from '../../../../topology/stand-in.js';

import { RawClient } from './raw.js';

const PROGRAM = path.resolve('dist/services/gateway/main.js');

const newToken = () => randomBytes(32).toString('base64url');

/** A native runtime, without its host. */
export class TestRuntime {
  port = 0;
  readonly token = newToken();
  #child: ChildProcess | undefined;

  constructor(
    readonly directory: string,
    private readonly home: string,
  ) {
    mkdirSync(directory, { recursive: true });
    writeFileSync(this.tokenFile, this.token);
  }

  get tokenFile(): string {
    return path.join(this.directory, 'connection-token');
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** Starts it on the port that it had before, if any. */
  async start(): Promise<void> {
    const args = ['--headless', '--no-auto-update', '--no-auto-login', '--host', '127.0.0.1'];
    const child = spawn(
      resolveBinary('native', []),
      [...args, '--port', String(this.port), '--session-idle-timeout', '1800'],
      {
        cwd: this.directory,
        env: {
          PATH: process.env.PATH,
          HOME: this.directory,
          COPILOT_HOME: this.home,
          COPILOT_CONNECTION_TOKEN: this.token,
          NO_PROXY: '127.0.0.1',
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    this.#child = child;
    let output = '';
    this.port = await new Promise((resolve, reject) => {
      child.once('close', () => reject(new Error(`the runtime ended: ${output}`)));
      for (const stream of [child.stdout, child.stderr]) {
        stream.on('data', (text: Buffer) => {
          output += text.toString();
          const port = /port (\d+)/.exec(output)?.[1];
          if (port !== undefined) resolve(Number(port));
        });
      }
    });
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }
}

/** A gateway as its own process. */
export class TestGateway {
  port = 0;
  healthPort = 0;
  output = '';
  readonly exited: Promise<number | null>;
  readonly #child: ChildProcess;

  private constructor(configFile: string, env: NodeJS.ProcessEnv) {
    this.#child = fork(PROGRAM, [], {
      env: { PATH: process.env.PATH, [GATEWAY_ENV.config]: configFile, ...env },
      execArgv: ['--expose-gc'],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    }
    // Not `exit`, which may come before the last of the output.
    this.exited = once(this.#child, 'close').then(() => this.#child.exitCode);
  }

  /** Starts it, and does not wait until it is ready. */
  static launch(configFile: string, env: NodeJS.ProcessEnv = {}): TestGateway {
    return new TestGateway(configFile, env);
  }

  static async start(configFile: string, env?: NodeJS.ProcessEnv): Promise<TestGateway> {
    const gateway = TestGateway.launch(configFile, env);
    await gateway.ready();
    return gateway;
  }

  /** Waits until it listens. @throws Error with its output and exit code when it ends before */
  async ready(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#child.on('message', (message: GatewayMessage) => {
        if (message.type === 'listening') {
          this.port = message.port;
          this.healthPort = message.healthPort;
        }
        if (message.type === 'ready') resolve();
      });
      void this.exited.then((exitCode) =>
        reject(Object.assign(new Error(`the gateway ended:\n${this.output}`), { exitCode })),
      );
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Waits until it has logged this. */
  async said(text: string): Promise<void> {
    while (!this.output.includes(text)) {
      const more = await Promise.race([
        once(this.#child.stdout!, 'data').then(() => true),
        this.exited.then(() => false),
      ]);
      if (!more && !this.output.includes(text)) throw new Error(`it never said "${text}":\n${this.output}`);
    }
  }

  async get(route: string): Promise<{ status: number; text: string }> {
    const answer = await fetch(`http://127.0.0.1:${this.healthPort}${route}`);
    return { status: answer.status, text: await answer.text() };
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.exited;
  }
}

export interface TenantChanges {
  readonly limits?: Partial<GatewayLimits>;
  readonly policy?: Partial<GatewayPolicy>;
}

export interface PoolProps {
  /** @default 1 */
  readonly replicas?: number;
  /** The replicas keep their sessions in one directory, as the runtime host arranges it. @default false */
  readonly sharedSessions?: boolean;
  /** @default - acme and globex with every default */
  readonly tenants?: Readonly<Record<string, TenantChanges>>;
  readonly config?: Partial<GatewayConfig>;
}

/** Real runtimes with a gateway before them. Whoever starts it closes it. */
export class TestPool {
  readonly directory = mkdtempSync(path.join(tmpdir(), 'gateway-test-'));
  readonly runtimes: TestRuntime[] = [];
  readonly gateways: TestGateway[] = [];
  readonly tokens = new Map<string, string>();
  config!: GatewayConfig;
  #modelPort = 0;
  readonly #model = createServer((request, response) => {
    // A runtime that was killed asks no more.
    serveModel(request, response).catch(() => response.destroy());
  });
  readonly #closers: (() => Promise<unknown>)[] = [];

  static async start(props: PoolProps = {}): Promise<TestPool> {
    const pool = new TestPool();
    try {
      await pool.#start(props);
      return pool;
    } catch (error) {
      await pool.close();
      throw error;
    }
  }

  async #start({
    replicas = 1,
    sharedSessions = false,
    tenants = { acme: {}, globex: {} },
    config,
  }: PoolProps): Promise<void> {
    this.#model.listen(0, '127.0.0.1');
    await once(this.#model, 'listening');
    this.#modelPort = (this.#model.address() as AddressInfo).port;
    for (let n = 0; n < replicas; n++) {
      const directory = path.join(this.directory, `replica-${n}`);
      const home = path.join(directory, 'home');
      mkdirSync(home, { recursive: true });
      if (sharedSessions) {
        const sessions = path.join(this.directory, 'sessions');
        mkdirSync(sessions, { recursive: true });
        symlinkSync(sessions, path.join(home, 'session-state'));
      }
      const runtime = new TestRuntime(directory, home);
      this.runtimes.push(runtime);
      await runtime.start();
    }
    mkdirSync(path.join(this.directory, 'tokens'));
    for (const tenant of Object.keys(tenants)) this.setToken(tenant, 'a');
    this.config = {
      listen: '127.0.0.1:0',
      health: '127.0.0.1:0',
      replicas: Object.fromEntries(this.runtimes.map((runtime, n) => [`pool/${n}`, addressOf(runtime)])),
      tenants: Object.fromEntries(
        Object.entries(tenants).map(([id, { limits, policy }]) => [
          id,
          {
            limits: gatewayLimits.parse({ callsPerSecond: 100_000, ...limits }),
            policy: gatewayPolicy.parse({ ...policy }),
            tokens: { a: 1 },
          },
        ]),
      ),
      tokens: { kind: 'directory', path: path.join(this.directory, 'tokens') },
      routing: 'stickySession',
      replicaWaitSeconds: 5,
      drainSeconds: 5,
      sessionsPerReplica: 50,
      poolHasIdentity: false,
      ...config,
    };
    this.writeConfig();
    await this.startGateway();
  }

  get gateway(): TestGateway {
    return this.gateways[0]!;
  }

  async startGateway(): Promise<TestGateway> {
    const gateway = await TestGateway.start(this.configFile);
    this.gateways.push(gateway);
    return gateway;
  }

  get configFile(): string {
    return path.join(this.directory, 'config', 'gateway.json');
  }

  /** Writes the configuration as a platform does: whole, in place of the old one. */
  writeConfig(changes: Partial<GatewayConfig> = {}): void {
    this.config = { ...this.config, ...changes };
    mkdirSync(path.dirname(this.configFile), { recursive: true });
    writeFileSync(`${this.configFile}.tmp`, JSON.stringify(this.config));
    renameSync(`${this.configFile}.tmp`, this.configFile);
  }

  setToken(tenant: string, slot: 'a' | 'b', token = newToken()): string {
    const file = path.join(this.directory, 'tokens', `${tenant}.${slot}`);
    writeFileSync(`${file}.tmp`, token);
    renameSync(`${file}.tmp`, file);
    this.tokens.set(`${tenant}.${slot}`, token);
    return token;
  }

  token(tenant: string, slot: 'a' | 'b' = 'a'): string {
    return this.tokens.get(`${tenant}.${slot}`)!;
  }

  /** An unchanged SDK client of a tenant. */
  async client(tenant: string, gateway = this.gateway): Promise<CopilotClient> {
    return this.connect(gateway.port, this.token(tenant));
  }

  /** An SDK client past the gateway. */
  async direct(replica = 0): Promise<CopilotClient> {
    const { port, token } = this.runtimes[replica]!;
    return this.connect(port, token);
  }

  async connect(port: number, connectionToken: string): Promise<CopilotClient> {
    const connection = RuntimeConnection.forUri(`127.0.0.1:${port}`, { connectionToken });
    const client = new CopilotClient({ mode: 'empty', connection });
    this.#closers.push(() => client.forceStop());
    await client.start();
    return client;
  }

  async raw(tenant: string, gateway = this.gateway): Promise<RawClient> {
    return this.open(gateway.port, this.token(tenant));
  }

  /** A connection of our own to any port; without a token nothing has been said on it yet. */
  async open(port: number, token?: string): Promise<RawClient> {
    const client = await RawClient.open(port, token);
    this.#closers.push(async () => client.close());
    return client;
  }

  /** Options of a session with the stand-in model. */
  session(changes: Partial<SessionConfig> = {}): SessionConfig {
    return { ...this.options, streaming: true, onPermissionRequest: approveAll, ...changes };
  }

  /** The same as they are sent. */
  get options() {
    const baseUrl = `http://127.0.0.1:${this.#modelPort}/v1`;
    return {
      model: STAND_IN_MODEL,
      provider: { type: 'openai' as const, baseUrl, apiKey: 'key' },
      availableTools: ['custom:*'],
    };
  }

  /** Drops every connection, so that the next test begins with none. */
  async hangUp(): Promise<void> {
    await Promise.all(this.#closers.splice(0).map((close) => close().catch(() => undefined)));
  }

  async close(): Promise<void> {
    await this.hangUp();
    await Promise.all(this.gateways.map((gateway) => gateway.kill()));
    await Promise.all(this.runtimes.map((runtime) => runtime.kill()));
    this.#model.closeAllConnections();
    this.#model.close();
    rmSync(this.directory, { recursive: true, force: true, maxRetries: 5 });
  }
}

export const addressOf = ({ port, tokenFile }: TestRuntime) => ({
  address: `127.0.0.1:${port}`,
  connectionTokenFile: tokenFile,
});
