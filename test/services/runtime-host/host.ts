import { execFileSync, fork, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CopilotClient, RuntimeConnection } from '@github/copilot-sdk';
import { afterEach } from '@jest/globals';
import {
  HOST_ENV,
  HOST_NODE_FLAGS,
  SECRET_FILES,
  type HostMessage,
  type StandIn,
} from '../../../topology/host-contract.js';

const PROGRAM = join(process.cwd(), 'dist/services/runtime-host/main.js');

/** Arguments as a plan writes them. */
export const RUNTIME_ARGS = [
  '--headless',
  '--no-auto-update',
  '--no-auto-login',
  '--host',
  '127.0.0.1',
  '--port',
  '0',
  '--session-idle-timeout',
  '1800',
] as const;

export interface HostProps {
  /** @default RUNTIME_ARGS */
  readonly args?: readonly string[];
  /** Added to the environment; undefined removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Text of the connection token file, null for no file. @default - a random one */
  readonly token?: string | null;
  readonly githubToken?: string;
  /** @default - a temporary folder that the host is to create */
  readonly home?: string;
  readonly standIns?: readonly StandIn[];
  /** Runs as a user to whom permissions apply, even when the tests are run by root. */
  readonly unprivileged?: boolean;
}

export interface HostExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

type Listening = Extract<HostMessage, { type: 'listening' }>;

const running = new Set<TestHost>();
const folders: string[] = [];
const cleanups: (() => void)[] = [];

/** Runs this after the test, when every host has ended and before the folders are removed. */
export function afterHosts(cleanup: () => void): void {
  cleanups.push(cleanup);
}

/** A temporary folder, removed after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'runtime-host-'));
  folders.push(folder);
  return folder;
}

/** A folder of this size, unmounted after the test, or the reason why there can be none. */
export function tinyVolume(kibibytes: number): string | Error {
  const folder = temporaryFolder();
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kibibytes}k`, 'tmpfs', folder], { stdio: 'pipe' });
  } catch (error) {
    return error as Error;
  }
  afterHosts(() => execFileSync('umount', [folder]));
  return folder;
}

/** An executable that stands for a runtime and does what the script says. */
export function fakeRuntime(script: string): string {
  const file = join(temporaryFolder(), 'runtime');
  writeFileSync(file, `#!${process.execPath}\n${script}\n`, { mode: 0o700 });
  return file;
}

/** One run of the program with its own home and secrets; ended after the test whatever happened. */
export class TestHost {
  readonly folder = temporaryFolder();
  readonly home: string;
  readonly token: string;
  readonly messages: HostMessage[] = [];
  /** Everything it wrote, stderr included. */
  output = '';
  readonly exited: Promise<HostExit>;
  readonly #child: ChildProcess;
  readonly #clients: CopilotClient[] = [];

  constructor(props: HostProps = {}) {
    this.home = props.home ?? join(this.folder, 'home');
    this.token = props.token ?? randomBytes(32).toString('hex');
    const secretsDir = join(this.folder, 'secrets');
    mkdirSync(secretsDir);
    if (props.token !== null)
      writeFileSync(join(secretsDir, SECRET_FILES.connectionToken), `${this.token}\n`);
    if (props.githubToken) writeFileSync(join(secretsDir, SECRET_FILES.githubToken), props.githubToken);
    const uid = props.unprivileged && process.getuid?.() === 0 ? 10001 : undefined;
    if (uid !== undefined) execFileSync('chown', ['-R', String(uid), this.folder]);
    this.#child = fork(PROGRAM, props.args ?? RUNTIME_ARGS, {
      execArgv: [...HOST_NODE_FLAGS],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      ...(uid !== undefined && { uid, gid: uid }),
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        [HOST_ENV.home]: this.home,
        [HOST_ENV.secretsDir]: secretsDir,
        [HOST_ENV.health]: '127.0.0.1:0',
        [HOST_ENV.standInPort]: '0',
        ...(props.standIns && { [HOST_ENV.standIn]: props.standIns.join(',') }),
        ...props.env,
      },
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    }
    this.#child.on('message', (message: HostMessage) => this.messages.push(message));
    // Not `close`: Node.js does not emit it after disconnect().
    const ends = [
      once(this.#child, 'exit'),
      once(this.#child.stdout!, 'close'),
      once(this.#child.stderr!, 'close'),
    ];
    this.exited = Promise.all(ends).then(() => ({
      code: this.#child.exitCode,
      signal: this.#child.signalCode,
    }));
    running.add(this);
  }

  /** Starts a host and waits until its runtime can serve. */
  static async ready(props: HostProps = {}): Promise<TestHost> {
    const host = new TestHost(props);
    await host.message('ready');
    return host;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** The last message that said where things listen. */
  get listening(): Listening {
    const message = this.messages.findLast((sent): sent is Listening => sent.type === 'listening');
    if (!message) throw new Error('the host has not said where it listens');
    return message;
  }

  /** Puts another secret in the place of one, whole, as every platform does; null takes it away. */
  writeSecret(secret: keyof typeof SECRET_FILES, value: string | null): void {
    const file = join(this.folder, 'secrets', SECRET_FILES[secret]);
    if (value === null) return rmSync(file);
    writeFileSync(`${file}.tmp`, value);
    renameSync(`${file}.tmp`, file);
  }

  /** Origin of the stand-ins. */
  get standIn(): string {
    return `http://127.0.0.1:${this.listening.standInPort}`;
  }

  /** Waits for a message from the host; fails if it ends before. */
  async message(type: HostMessage['type']): Promise<HostMessage> {
    for (;;) {
      const found = this.messages.find((message) => message.type === type);
      if (found) return found;
      const ended = await Promise.race([
        once(this.#child, 'message').then(() => false),
        this.exited.then(() => true),
      ]);
      if (ended && !this.messages.some((message) => message.type === type)) {
        throw new Error(`the host ended before it said '${type}':\n${this.output}`);
      }
    }
  }

  /** Waits until the output contains this. */
  async said(text: string): Promise<void> {
    while (!this.output.includes(text)) {
      const ended = await Promise.race([
        once(this.#child.stdout!, 'data').then(() => false),
        this.exited.then(() => true),
      ]);
      if (ended && !this.output.includes(text))
        throw new Error(`the host never said '${text}':\n${this.output}`);
    }
  }

  async get(path: string): Promise<{ status: number; body: { status: string; reason?: string } }> {
    const response = await fetch(`http://127.0.0.1:${this.listening.healthPort}${path}`);
    return { status: response.status, body: (await response.json()) as { status: string; reason?: string } };
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Closes the IPC channel, as the death of the parent does. */
  disconnect(): void {
    this.#child.disconnect();
  }

  /** A client of the runtime. */
  async client(connectionToken = this.token): Promise<CopilotClient> {
    const connection = RuntimeConnection.forUri(`127.0.0.1:${this.listening.port}`, { connectionToken });
    const client = new CopilotClient({ mode: 'empty', connection });
    await client.start();
    this.#clients.push(client);
    return client;
  }

  /** Ends the host and its runtime, however they feel about it. */
  async reap(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.forceStop()));
    this.#child.kill('SIGKILL');
    for (const message of this.messages) {
      if (message.type === 'listening' && isRunning(message.runtimePid))
        process.kill(message.runtimePid, 'SIGKILL');
    }
    await this.exited;
  }
}

/** Is this process there, and no zombie? */
export function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

afterEach(async () => {
  await Promise.all([...running].map((host) => host.reap()));
  running.clear();
  for (const cleanup of cleanups.splice(0)) cleanup();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});
