import { randomBytes } from 'node:crypto';

import { approveAll, type CopilotClient, type CopilotSession, type SessionConfig } from '@github/copilot-sdk';
import pTimeout from 'p-timeout';

import type { Manifest, ManifestRuntime } from '../topology/index.js';
import { directive, STAND_IN_MODEL, type Directive } from '../topology/stand-in.js';

import { CheckFailure } from './check-failure.js';
import type { Given } from './given.js';
import { poolRoute, runtimesBehind, tenantAtGateway, type Party } from './party.js';
import { CALL_TIMEOUT_MS, inTime, withRoom } from './patience.js';
import { RawConnection } from './raw-connection.js';
import type { AzureView } from './targets/azure/view.js';
import type { ClusterView } from './targets/kubernetes/view.js';
import type { Target } from './targets/target.js';

/** Ids of all sessions that the suite creates begin so; what a broken run leaves behind can be told by it. */
export const SMOKE_PREFIX = 'smoke-';

/** How long the end of a run waits for a session that is being made, in milliseconds. */
const MADE_WITHIN_MS = 5000;
const OVER = 'the run of the check is over';

/**
 * What a run of a check works with. One workbench per run: whatever it opened or created is closed and deleted at
 * the end, also when the check failed.
 */
export class Workbench {
  readonly #clients = new Map<string, Promise<CopilotClient>>();
  readonly #opened: CopilotClient[] = [];
  readonly #raw: RawConnection[] = [];
  readonly #created: { party: Party; sessionId: string }[] = [];
  /** Calls under way that make or wake a session. */
  readonly #making = new Set<Promise<unknown>>();
  #ending = false;
  #over = false;

  constructor(
    readonly manifest: Manifest,
    readonly target: Target,
    readonly options: Given & {
      readonly exhaustive: boolean;
      readonly unreachable?: ReadonlyMap<Party, string>;
    },
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

  /** What Resource Manager says; for checks that have a meaning on Azure only. */
  get azure(): AzureView {
    if (this.target.azure) return this.target.azure;
    throw new Error(`target ${this.target.kind} has no Resource Manager`);
  }

  /** Whether a runtime should be running and, as far as the suite has seen, does. */
  reachable(runtime: string): boolean {
    return this.runtime(runtime).state === 'active' && !this.options.unreachable?.has(runtime);
  }

  /** Ids of the runtimes that can be asked. */
  reachableRuntimes(): string[] {
    return Object.keys(this.manifest.runtimes).filter((id) => this.reachable(id));
  }

  /** Where a party connects: a runtime, or the gateway. */
  address(party: Party): Promise<string> {
    return tenantAtGateway(party) === undefined ? this.target.address(party) : this.target.gateway();
  }

  /** Everywhere a connection of a party may end up, by name: each gateway refuses for itself. */
  async addresses(party: Party): Promise<ReadonlyMap<string, string>> {
    const gateways = tenantAtGateway(party) === undefined ? undefined : await this.target.gateways?.();
    return gateways ?? new Map([[party, await this.address(party)]]);
  }

  async connectionToken(party: Party): Promise<string> {
    const tenant = tenantAtGateway(party);
    const place =
      tenant === undefined ? this.runtime(party).connectionToken : poolRoute(this.manifest, tenant).token;
    return this.target.secret(place);
  }

  /**
   * A new connection with the given token; `undefined` sends none.
   *
   * @param to address. @default - where the party connects
   */
  async connect(party: Party, connectionToken: string | undefined, to?: string): Promise<CopilotClient> {
    if (this.#over) throw new Error(OVER);
    const address = to ?? (await this.address(party));
    const options = { address, ...(connectionToken !== undefined && { connectionToken }) };
    return withRoom(async () => this.#keep(await this.target.connect(options)), `connecting to ${party}`);
  }

  /** A connection for calls that no SDK would make, with the party's own token. */
  async raw(party: Party): Promise<RawConnection> {
    if (this.#over) throw new Error(OVER);
    const [address, token] = await Promise.all([this.address(party), this.connectionToken(party)]);
    const connection = await withRoom(() => RawConnection.open(address, token), `connecting to ${party}`);
    this.#raw.push(connection);
    return connection;
  }

  /** A check that missed its deadline goes on in the background: what it opens after the end is closed at once. */
  async #keep(client: CopilotClient): Promise<CopilotClient> {
    this.#opened.push(client);
    if (!this.#over) return client;
    await client.forceStop();
    throw new Error(OVER);
  }

  /** The run's own client of a party, with its token. */
  client(party: Party): Promise<CopilotClient> {
    const known = this.#clients.get(party);
    if (known) return known;
    const opening = this.connectionToken(party).then((token) => this.connect(party, token));
    this.#clients.set(party, opening);
    return opening;
  }

  /** Forgets the client of a party, e.g. because its runtime was restarted. */
  forgetClient(party: Party): void {
    this.#clients.delete(party);
  }

  /** Closes the client of a party, as an application that ends or loses its network. */
  async hangUp(party: Party): Promise<void> {
    const client = await this.#clients.get(party);
    this.#clients.delete(party);
    await client?.forceStop();
  }

  /** An id that no other session has. */
  newSessionId(): string {
    return SMOKE_PREFIX + randomBytes(9).toString('hex');
  }

  /** Has a session deleted at the end of the run, whoever creates it. */
  track(party: Party, sessionId: string): void {
    this.#created.push({ party, sessionId });
  }

  /** Deletes a session now that was created or attached to under this id; one that is not there is no error. */
  async discard(party: Party, sessionId: string): Promise<void> {
    await (await this.client(party)).deleteSession(sessionId).catch(() => undefined);
  }

  /** Settings of a session with the model of the suite: the stand-in, or the provider of the topology. */
  async sessionConfig(party: Party): Promise<SessionConfig> {
    const base = await this.#standIn(party);
    const common = { availableTools: ['custom:*'], onPermissionRequest: approveAll };
    if (base !== undefined) {
      const provider = { type: 'openai' as const, baseUrl: `${base}/v1`, apiKey: 'stand-in-provider-key' };
      return { ...common, model: STAND_IN_MODEL, provider };
    }
    const [runtime] = runtimesBehind(this.manifest, party);
    if (!runtime?.provider) return common;
    const { type, baseUrl, model, apiKey } = runtime.provider;
    const key = apiKey && { apiKey: await this.target.secret(apiKey) };
    return { ...common, model, provider: { type, baseUrl, ...key } };
  }

  /**
   * Nobody knows which replica a session of the pool will be on, nor has to: on one machine each reaches the stand-in
   * of any other, and elsewhere each has its own at the same address of its own loopback.
   */
  async #standIn(party: Party): Promise<string | undefined> {
    const tenant = tenantAtGateway(party);
    if (tenant === undefined) return this.target.standIn(party);
    const { replicas } = poolRoute(this.manifest, tenant);
    return firstOf(replicas.filter((id) => this.reachable(id)).map((id) => () => this.target.standIn(id)));
  }

  /** Creates a session with {@link sessionConfig}; it is deleted at the end of the run. */
  async session(party: Party, overrides: Partial<SessionConfig> = {}): Promise<CopilotSession> {
    const client = await this.client(party);
    const config = { sessionId: this.newSessionId(), ...(await this.sessionConfig(party)), ...overrides };
    this.track(party, config.sessionId);
    return withRoom(() => this.#make(() => client.createSession(config)), `creating a session on ${party}`);
  }

  /** Resumes a session with {@link sessionConfig}: provider and tools are not kept by the runtime. */
  async resume(
    party: Party,
    sessionId: string,
    overrides: Partial<SessionConfig> = {},
  ): Promise<CopilotSession> {
    const client = await this.client(party);
    const config = { ...(await this.sessionConfig(party)), ...overrides };
    return withRoom(
      () => this.#make(() => client.resumeSession(sessionId, config)),
      `resuming a session on ${party}`,
    );
  }

  /** One turn with the stand-in model: its answer. */
  async ask(session: CopilotSession, asked: Directive): Promise<string> {
    return this.say(session, directive(asked));
  }

  /** One turn: what the model answers. */
  async say(session: CopilotSession, prompt: string): Promise<string> {
    const message = await withRoom(() => session.sendAndWait({ prompt }, CALL_TIMEOUT_MS), 'a turn');
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

  /** A check that was stopped goes on in the background: a session that it makes then would stay. */
  async #make<T>(call: () => Promise<T>): Promise<T> {
    if (this.#ending) throw new Error(OVER);
    const made = call();
    this.#making.add(made);
    try {
      return await made;
    } finally {
      this.#making.delete(made);
    }
  }

  /** Deletes what the run created and closes what it opened. Never rejects. */
  async cleanUp(): Promise<void> {
    this.#ending = true;
    // A session cannot be deleted before it is there.
    await pTimeout(Promise.allSettled(this.#making), { milliseconds: MADE_WITHIN_MS, fallback: () => [] });
    await Promise.all(
      this.#created.map(({ party, sessionId }) => {
        const remove = async () => (await this.client(party)).deleteSession(sessionId);
        // A session that is gone already, or a runtime that is down, has nothing left to clean.
        return inTime(remove(), 'deleting a session').catch(() => undefined);
      }),
    );
    this.#over = true;
    for (const connection of this.#raw) connection.close();
    await Promise.all(
      this.#opened.map((client) => inTime(client.forceStop(), 'closing').catch(() => undefined)),
    );
  }
}

/** What the first one gives that does not fail; undefined where there is none. @throws what the last one threw */
async function firstOf<T>(attempts: readonly (() => Promise<T>)[]): Promise<T | undefined> {
  let failure: unknown;
  for (const attempt of attempts) {
    try {
      return await attempt();
    } catch (error) {
      failure = error;
    }
  }
  if (failure !== undefined) throw failure;
  return undefined;
}
