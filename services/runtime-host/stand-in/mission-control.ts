import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { MISSION_CONTROL_PATH } from '../../../topology/host-contract.js';
import { POLICY_BLOCKED_OWNER, policyBlockedText, standInLogin } from '../../../topology/stand-in.js';
import { answer } from './answer.js';
import { bearerOf, identityOf, pathOf, readBody, sendJson } from './http.js';

/** Between a task's creation and the start of its agent, in milliseconds: what a client must wait for. */
const AGENT_START_MS = 300;

/** One cloud session: what happened in it, and the answers to what runtimes asked of it. */
class Task {
  readonly id = randomUUID();
  readonly sessionId = randomUUID();
  readonly #created = Date.now();
  readonly #events: object[] = [];
  #turns = 0;
  #latest = 0;
  readonly #results = new Map<string, unknown>();

  constructor(
    readonly login: string,
    readonly repository: string,
  ) {}

  /** Nothing until the agent has started, like the real one, which needs a machine first. */
  get events(): readonly object[] {
    if (!this.#started) return [];
    if (this.#events.length === 0) {
      this.#add('session.start', {
        sessionId: this.sessionId,
        version: 1,
        producer: 'copilot-agent',
        copilotVersion: 'stand-in',
        startTime: new Date().toISOString(),
      });
    }
    return this.#events;
  }

  get #started(): boolean {
    return Date.now() - this.#created >= AGENT_START_MS;
  }

  /** A turn: the agent answers as the stand-in model does. False while there is no agent to take it. */
  steer(content: string, request: IncomingMessage): boolean {
    if (this.events.length === 0) return false;
    const said = answer({ messages: [{ role: 'user', content }] }, () => ({
      ...identityOf(request),
      repository: this.repository,
    }));
    const turnId = String(this.#turns++);
    this.#add('assistant.turn_start', { turnId });
    this.#add('assistant.message', {
      messageId: randomUUID(),
      content: said.pieces.join(''),
      toolRequests: [],
    });
    this.#add('assistant.turn_end', { turnId });
    this.#add('session.idle', {});
    return true;
  }

  /** Takes a request that the runtime then polls for. */
  ask(method: unknown): string {
    const id = randomUUID();
    const open = { required: false, blocked: false };
    this.#results.set(id, method === 'session.sandbox.getEnforcementStatus' ? open : {});
    return id;
  }

  result(id: string): unknown {
    return this.#results.get(id);
  }

  #add(type: string, data: object): void {
    // Runtimes order events by time and lose some of those that share one.
    this.#latest = Math.max(Date.now(), this.#latest + 1);
    const timestamp = new Date(this.#latest).toISOString();
    this.#events.push({ id: randomUUID(), parentId: null, timestamp, type, data });
  }
}

/**
 * Mission Control, as far as runtimes asked for it when they created and used a cloud session: tasks, their events,
 * requests to their sandbox and prompts to their agent.
 */
export class MissionControl {
  readonly #tasks = new Map<string, Task>();
  /** Attempts by repository. */
  readonly #blocked = new Map<string, number>();

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const login = standInLogin(bearerOf(request) ?? '');
    if (!login) return sendJson(response, 401, { message: 'Bad credentials' });
    const [, tasks, id, what, rpc] = pathOf(request).slice(MISSION_CONTROL_PATH.length).split('/');
    const task = this.#tasks.get(id ?? '');
    if (tasks !== 'tasks' || (id && task?.login !== login)) return notFound(response);
    if (request.method === 'POST' && !id) return this.#create(request, response, login);
    if (!task) return notFound(response);
    switch (`${request.method} ${what}`) {
      case 'GET events':
        return sendJson(response, 200, { events: task.events });
      case 'POST steer': {
        const { content } = await jsonOf(request);
        const taken = typeof content === 'string' && task.steer(content, request);
        return taken ? sendJson(response, 200, {}) : sendJson(response, 409, { message: 'no agent yet' });
      }
      case 'POST rpc':
        return sendJson(response, 200, { id: task.ask((await jsonOf(request)).rpc_method) });
      case 'GET rpc': {
        const result = task.result(rpc ?? '');
        return result ? sendJson(response, 200, { id: rpc, state: 'completed', result }) : notFound(response);
      }
      default:
        return notFound(response);
    }
  }

  async #create(request: IncomingMessage, response: ServerResponse, login: string): Promise<void> {
    const { repositories } = await jsonOf(request);
    const [first] = Array.isArray(repositories)
      ? (repositories as readonly ({ owner?: unknown; name?: unknown } | null)[])
      : [];
    const repository = `${first?.owner}/${first?.name}`;
    if (first?.owner === POLICY_BLOCKED_OWNER) {
      const attempt = (this.#blocked.get(repository) ?? 0) + 1;
      this.#blocked.set(repository, attempt);
      const error = { code: 'policy_blocked', message: policyBlockedText(attempt) };
      return sendJson(response, 403, { error });
    }
    const task = new Task(login, repository);
    this.#tasks.set(task.id, task);
    sendJson(response, 201, { id: task.id, state: 'queued', sessions: [{ id: task.sessionId }] });
  }
}

async function jsonOf(request: IncomingMessage): Promise<Readonly<Record<string, unknown>>> {
  try {
    return (JSON.parse(await readBody(request)) ?? {}) as Record<string, unknown>;
  } catch {
    return {};
  }
}

function notFound(response: ServerResponse): void {
  sendJson(response, 404, { message: 'Not Found' });
}
