import { setTimeout as delay } from 'node:timers/promises';

import type { CopilotSession } from '@github/copilot-sdk';
import pRetry from 'p-retry';
import pTimeout from 'p-timeout';

import { connectRuntime, type RuntimeClient } from '../../client/index.js';
import { directive, STAND_IN_MODEL } from '../../topology/stand-in.js';

import type { Ledger } from './ledger.js';
import type { Random } from './random.js';

/** Longest wait for an answer, in milliseconds: longer than a drain. */
const TURN_MS = 20_000;

/** Longest time that a deployment may take to be well again, in milliseconds. */
const HEAL_MS = 60_000;

/** Sessions that a user has open at a time. */
const SESSIONS = 3;

/** Turns after which a user begins a new session, so that what a runtime has in memory does not grow with the run. */
const TURNS_PER_SESSION = 40;

/** What a user does between two turns takes from nothing to this, in milliseconds. */
const THINKS_MS = 1500;

/** Where a tenant is reached at the moment. */
export interface Access {
  readonly address: string;
  readonly connectionToken: string;
  /** Base URL of the stand-in model. */
  readonly model: string;
}

/** The back end of one tenant: a few sessions, turn after turn, and back again after whatever happens. */
export class User {
  #client: RuntimeClient | undefined;
  readonly #open = new Map<string, CopilotSession>();
  /** When each session was opened or had its last turn. */
  readonly #wellAt = new Map<string, number>();
  /** Turns of each session that is not over yet, by its place. */
  readonly #turns = new Map<number, { id: string; count: number }>();

  constructor(
    readonly tenant: string,
    /** What the tenant's turns go through. */
    private readonly uses: readonly string[],
    private readonly access: () => Promise<Access>,
    private readonly ledger: Ledger,
    private readonly random: Random,
  ) {}

  /** Works until the signal. */
  async work(signal: AbortSignal): Promise<void> {
    for (let turn = 0; !signal.aborted; turn++) {
      const place = this.random.between(1, SESSIONS);
      const current = this.#turns.get(place) ?? { id: `chat-${place}-${turn}`, count: 0 };
      this.#turns.set(place, current);
      const { id } = current;
      const session = await this.#session(id).catch(async (error: unknown) => {
        await this.leave();
        if (!signal.aborted) throw error;
        return undefined;
      });
      if (!session) return;
      await this.#turn(session, id, turn);
      const over = ++current.count >= TURNS_PER_SESSION;
      if (over) this.#turns.delete(place);
      if (over || this.random.next() < 0.1) await this.#close(id);
      await delay(this.random.between(0, THINKS_MS), undefined, { signal }).catch(() => undefined);
    }
  }

  /** Answers that are missing from the history of a session. */
  async missing(id: string, answers: readonly string[]): Promise<string[]> {
    const events = await pRetry(
      async () => (await this.#session(id)).getEvents().finally(() => this.#close(id)),
      { retries: 3 },
    );
    const history = new Set(
      events.flatMap((event) => (event.type === 'assistant.message' ? [event.data.content] : [])),
    );
    return answers.filter((answer) => !history.has(answer));
  }

  async leave(): Promise<void> {
    this.#open.clear();
    await this.#client?.forceStop().catch(() => undefined);
    this.#client = undefined;
  }

  async #turn(session: CopilotSession, id: string, turn: number): Promise<void> {
    const begun = Date.now();
    const text = `${this.tenant} ${id} ${turn} ${begun}`;
    const slow = this.random.next() < 0.3;
    const prompt = slow ? directive({ stream: { chunks: 5, intervalMs: 200 } }) : directive({ reply: text });
    try {
      const answer = await ask(session, prompt);
      if (!slow) this.ledger.answered(this.tenant, id, answer);
      else this.ledger.turns++;
      this.#wellAt.set(id, Date.now());
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const { tenant, uses } = this;
      const wellAt = this.#wellAt.get(id) ?? begun;
      this.ledger.failures.push({ tenant, uses, wellAt, begun, ended: Date.now(), reason });
      await this.leave();
    }
  }

  /** A session that is open, resumed or new; tries until the deployment must be well again. */
  #session(id: string): Promise<CopilotSession> {
    const open = this.#open.get(id);
    if (open) return Promise.resolve(open);
    return pRetry(
      async () => {
        try {
          const session = await pTimeout(this.#attach(id), { milliseconds: 10_000 });
          this.#open.set(id, session);
          this.#wellAt.set(id, Date.now());
          return session;
        } catch (error) {
          await this.leave();
          throw new Error(`${this.tenant} cannot open ${id}`, { cause: error });
        }
      },
      { retries: 1000, minTimeout: 250, factor: 1, maxRetryTime: HEAL_MS },
    );
  }

  async #attach(id: string): Promise<CopilotSession> {
    const { model, ...where } = await this.access();
    this.#client ??= await connectRuntime(where);
    const config = {
      availableTools: ['custom:*'],
      model: STAND_IN_MODEL,
      provider: { type: 'openai' as const, baseUrl: `${model}/v1`, apiKey: 'key' },
    };
    const known =
      this.ledger.answers.get(this.tenant)?.has(id) || (await this.#client.getSessionMetadata(id));
    return known
      ? this.#client.resumeSession(id, config)
      : this.#client.createSession({ sessionId: id, ...config });
  }

  async #close(id: string): Promise<void> {
    const session = this.#open.get(id);
    this.#open.delete(id);
    if (!session) return;
    // The runtime may just have been killed.
    await pTimeout(session.disconnect(), { milliseconds: 5000 }).catch(() => this.leave());
  }
}

/** The answer to a prompt, when the session rests again: before that, a history may lack it. */
async function ask(session: CopilotSession, prompt: string): Promise<string> {
  let stop = () => undefined as void;
  const answered = new Promise<string>((resolve, reject) => {
    let answer = '';
    stop = session.on((event) => {
      if (event.type === 'assistant.message') answer = event.data.content;
      if (event.type === 'session.error') reject(new Error(event.data.message));
      if (event.type === 'session.idle') resolve(answer);
    });
  });
  answered.catch(() => undefined);
  try {
    await pTimeout(session.send({ prompt }), { milliseconds: TURN_MS });
    return await pTimeout(answered, { milliseconds: TURN_MS });
  } finally {
    stop();
  }
}
