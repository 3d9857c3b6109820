import { randomBytes } from 'node:crypto';

import { approveAll, type CopilotClient, type CopilotSession, type SessionConfig } from '@github/copilot-sdk';
import pTimeout from 'p-timeout';

import type { Manifest, ManifestRuntime } from '../topology/index.js';
import { directive, STAND_IN_MODEL, type Directive } from '../topology/stand-in.js';

import { CheckFailure } from './model.js';
import type { ClusterView } from './targets/kubernetes/view.js';
import type { Target } from './targets/target.js';

/** Ids of all sessions that the suite creates begin so; what a broken run leaves behind can be told by it. */
export const SMOKE_PREFIX = 'smoke-';

const OVER = 'the run of the check is over';

/** Longest wait for one call; the SDK itself waits for ever on a runtime that has died. */
const CALL_TIMEOUT_MS = 20_000;

/**
 * What a run of a check works with. One workbench per run: whatever it opened or created is closed and deleted at
 * the end, also when the check failed.
 */
export class Workbench {
  readonly #clients = new Map<string, Promise<CopilotClient>>();
  readonly #opened: CopilotClient[] = [];
  readonly #created: { runtime: string; sessionId: string }[] = [];
  #over = false;

  constructor(
    readonly manifest: Manifest,
    readonly target: Target,
    readonly options: { readonly exhaustive: boolean; readonly unreachable?: ReadonlySet<string> },
  ) {}

  runtime(id: string): ManifestRuntime {
    const runtime = this.manifest.runtimes[id];
    if (!runtime) throw new Error(`the manifest has no runtime ${id}`);
    return runtime;
  }

  /** What the API server says; for checks that have a meaning on Kubernetes only. */
  get cluster(): ClusterView {
    if (this.target.kubernetes) return this.target.kubernetes;
    throw new Error(`target ${this.target.kind} has no API server`);
  }

  /** Whether a runtime should be running and, as far as the suite has seen, does. */
  reachable(runtime: string): boolean {
    return this.runtime(runtime).state === 'active' && !this.options.unreachable?.has(runtime);
  }

  /** Ids of the runtimes that can be asked. */
  reachableRuntimes(): string[] {
    return Object.keys(this.manifest.runtimes).filter((id) => this.reachable(id));
  }

  async connectionToken(runtime: string): Promise<string> {
    return this.target.secret(this.runtime(runtime).connectionToken);
  }

  /** A new connection with the given token; `undefined` sends none. */
  async connect(runtime: string, connectionToken: string | undefined): Promise<CopilotClient> {
    if (this.#over) throw new Error(OVER);
    const address = await this.target.address(runtime);
    const opening = this.target.connect({
      address,
      ...(connectionToken !== undefined && { connectionToken }),
    });
    return inTime(
      opening.then((client) => this.#keep(client)),
      `connecting to ${runtime}`,
    );
  }

  /** A check that missed its deadline goes on in the background: what it opens after the end is closed at once. */
  async #keep(client: CopilotClient): Promise<CopilotClient> {
    this.#opened.push(client);
    if (!this.#over) return client;
    await client.forceStop();
    throw new Error(OVER);
  }

  /** The run's own client of a runtime, with its token. */
  client(runtime: string): Promise<CopilotClient> {
    const known = this.#clients.get(runtime);
    if (known) return known;
    const opening = this.connectionToken(runtime).then((token) => this.connect(runtime, token));
    this.#clients.set(runtime, opening);
    return opening;
  }

  /** Forgets the client of a runtime, e.g. because the runtime was restarted. */
  forgetClient(runtime: string): void {
    this.#clients.delete(runtime);
  }

  /** An id that no other session has. */
  newSessionId(): string {
    return SMOKE_PREFIX + randomBytes(9).toString('hex');
  }

  /** Has a session deleted at the end of the run, whoever creates it. */
  track(runtime: string, sessionId: string): void {
    this.#created.push({ runtime, sessionId });
  }

  /** Deletes a session now that was created or attached to under this id; one that is not there is no error. */
  async discard(runtime: string, sessionId: string): Promise<void> {
    await (await this.client(runtime)).deleteSession(sessionId).catch(() => undefined);
  }

  /** Settings of a session with the model of the suite: the stand-in, or the provider of the topology. */
  async sessionConfig(runtime: string): Promise<SessionConfig> {
    const base = await this.target.standIn(runtime);
    const common = { availableTools: ['custom:*'], onPermissionRequest: approveAll };
    if (base !== undefined) {
      const provider = { type: 'openai' as const, baseUrl: `${base}/v1`, apiKey: 'stand-in-provider-key' };
      return { ...common, model: STAND_IN_MODEL, provider };
    }
    const { provider } = this.runtime(runtime);
    if (!provider) return common;
    const { type, baseUrl, model, apiKey } = provider;
    const key = apiKey && { apiKey: await this.target.secret(apiKey) };
    return { ...common, model, provider: { type, baseUrl, ...key } };
  }

  /** Creates a session with {@link sessionConfig}; it is deleted at the end of the run. */
  async session(runtime: string, overrides: Partial<SessionConfig> = {}): Promise<CopilotSession> {
    const client = await this.client(runtime);
    const config = { sessionId: this.newSessionId(), ...(await this.sessionConfig(runtime)), ...overrides };
    this.track(runtime, config.sessionId);
    return inTime(client.createSession(config), `creating a session on ${runtime}`);
  }

  /** Resumes a session with {@link sessionConfig}: provider and tools are not kept by the runtime. */
  async resume(
    runtime: string,
    sessionId: string,
    overrides: Partial<SessionConfig> = {},
  ): Promise<CopilotSession> {
    const client = await this.client(runtime);
    const config = { ...(await this.sessionConfig(runtime)), ...overrides };
    return inTime(client.resumeSession(sessionId, config), `resuming a session on ${runtime}`);
  }

  /** One turn with the stand-in model: its answer. */
  async ask(session: CopilotSession, asked: Directive): Promise<string> {
    return this.say(session, directive(asked));
  }

  /** One turn: what the model answers. */
  async say(session: CopilotSession, prompt: string): Promise<string> {
    const message = await inTime(session.sendAndWait({ prompt }, CALL_TIMEOUT_MS), 'a turn');
    return message?.data.content ?? '';
  }

  /**
   * Runs a shell command inside a runtime, as whoever holds its token can, and returns what it prints. Its parent
   * (`$PPID`) is the runtime's process. Never prints a secret: output lands in the session's journal.
   */
  async probe(runtime: string, command: string): Promise<string> {
    const session = await this.session(runtime, { availableTools: [] });
    const running = session.rpc.shell.executeUserRequested({ requestId: this.newSessionId(), command });
    const { output, exitCode, error } = await inTime(running, `a probe inside ${runtime}`);
    if (exitCode !== 0) {
      throw new CheckFailure({
        expected: `the probe to run inside ${runtime}`,
        seen: `exit code ${exitCode}: ${error ?? output}`,
        advice: 'see that the image has sh, grep, find and ls',
      });
    }
    return output.trim();
  }

  /** Deletes what the run created and closes what it opened. Never rejects. */
  async cleanUp(): Promise<void> {
    await Promise.all(
      this.#created.map(({ runtime, sessionId }) => {
        const remove = async () => (await this.client(runtime)).deleteSession(sessionId);
        // A session that is gone already, or a runtime that is down, has nothing left to clean.
        return inTime(remove(), 'deleting a session').catch(() => undefined);
      }),
    );
    this.#over = true;
    await Promise.all(
      this.#opened.map((client) => inTime(client.forceStop(), 'closing').catch(() => undefined)),
    );
  }
}

function inTime<T>(promise: Promise<T>, what: string): Promise<T> {
  return pTimeout(promise, {
    milliseconds: CALL_TIMEOUT_MS + 1000,
    message: `${what} took longer than ${CALL_TIMEOUT_MS / 1000} s`,
  });
}
