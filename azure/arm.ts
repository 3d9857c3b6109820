import { createHttpPoller, type RawResponse } from '@azure/core-lro';
import {
  bearerTokenAuthenticationPolicy,
  createHttpHeaders,
  createPipelineFromOptions,
  createPipelineRequest,
  type Agent,
  type HttpClient,
  type HttpMethods,
  type Pipeline,
} from '@azure/core-rest-pipeline';
import type { TokenCredential } from '@azure/identity';

import { cloudOf } from './cloud.js';
import { credentialsOf } from './credentials.js';
import { AzureError } from './errors.js';
import { clientWithDeadline } from './http.js';
import { jsonOf } from './json.js';
import { refusal, silence } from './refusal.js';

/** Pause between two looks at a long operation, unless Azure names another. */
const LOOK_AGAIN_MS = 2000;

export interface ArmOptions {
  /** Where credentials and cloud are named. @default process.env */
  readonly env?: NodeJS.ProcessEnv;
}

/** How Resource Manager is reached. */
export interface ArmTransport {
  /** How often a call without an answer, or one that Azure throttles, is tried again. @default 3 */
  readonly maxRetries?: number;
  /** Makes the connections. @default - directly, or through HTTPS_PROXY */
  readonly agent?: Agent;
}

/** One call of Resource Manager. */
export interface ArmCall {
  readonly apiVersion: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

interface Answer extends RawResponse {
  readonly body: Record<string, unknown>;
}

/** Reads who calls and which cloud is meant; asks nothing yet. @throws {AzureError} for variables that contradict */
export async function connectArm({ env = process.env }: ArmOptions = {}): Promise<Arm> {
  const cloud = cloudOf(env);
  return new Arm(cloud.resourceManager, await credentialsOf(env, cloud));
}

/**
 * Azure Resource Manager: resources by id, long operations followed to their end. Every method throws an AzureError
 * that says what was asked, what Azure answered, and what to do.
 */
export class Arm {
  readonly #pipeline: Pipeline;
  readonly #client: HttpClient = clientWithDeadline();
  /** Makes the connections. @default - directly, or through HTTPS_PROXY */
  readonly agent: Agent | undefined;

  constructor(
    readonly endpoint: string,
    /** For other services of Azure, such as a vault. */
    readonly credential: TokenCredential,
    { maxRetries = 3, agent }: ArmTransport = {},
  ) {
    this.agent = agent;
    this.#pipeline = createPipelineFromOptions({
      retryOptions: { maxRetries },
      ...(agent && { agent }),
      userAgentOptions: { userAgentPrefix: 'copilot-runtimes' },
    });
    this.#pipeline.addPolicy(bearerTokenAuthenticationPolicy({ credential, scopes: `${endpoint}/.default` }));
  }

  async get<T>(path: string, call: ArmCall): Promise<T> {
    const { body } = await this.#ask('GET', path, call);
    return body as T;
  }

  /** @returns undefined where it is not there */
  async find<T>(path: string, call: ArmCall): Promise<T | undefined> {
    return this.get<T>(path, call).catch((error: unknown) => {
      if (error instanceof AzureError && error.status === 404) return undefined;
      throw error;
    });
  }

  /** Every item of a list, whatever the number of its pages. */
  async list<T>(path: string, call: ArmCall): Promise<T[]> {
    const items: T[] = [];
    let next: string | undefined = this.#url(path, call);
    while (next !== undefined) {
      const { body }: Answer = await this.#ask('GET', next, call);
      items.push(...((body.value as T[] | undefined) ?? []));
      next = body.nextLink as string | undefined;
    }
    return items;
  }

  /** Creates or replaces, and waits until that is done. */
  put<T>(path: string, body: unknown, call: ArmCall): Promise<T> {
    return this.#follow<T>('PUT', path, call, body);
  }

  /** An action, such as `listKeys`. */
  post<T>(path: string, body: unknown, call: ArmCall): Promise<T> {
    return this.#follow<T>('POST', path, call, body);
  }

  /** Waits until it is gone; one that was not there is as good. */
  async delete(path: string, call: ArmCall): Promise<void> {
    await this.#follow('DELETE', path, call).catch((error: unknown) => {
      if (!(error instanceof AzureError) || error.status !== 404) throw error;
    });
  }

  async #follow<T>(method: 'PUT' | 'POST' | 'DELETE', path: string, call: ArmCall, body?: unknown) {
    const url = this.#url(path, call);
    const answered = (answer: Answer) => ({ flatResponse: answer.body as T, rawResponse: answer });
    const poller = await createHttpPoller<
      T,
      { status: 'running' | 'failed' | 'succeeded' | 'canceled' | 'notStarted' }
    >(
      {
        requestMethod: method,
        requestPath: url,
        sendInitialRequest: async () => answered(await this.#ask(method, url, call, body)),
        sendPollRequest: async (next) => {
          const answer = await this.#ask('GET', next, call);
          throwIfFailed(`${VERBS[method]} ${nameOf(path)}`, answer);
          return answered(answer);
        },
      },
      { intervalInMs: LOOK_AGAIN_MS },
    );
    return poller.pollUntilDone({ ...(call.signal && { abortSignal: call.signal }) });
  }

  async #ask(method: HttpMethods, path: string, call: ArmCall, body?: unknown): Promise<Answer> {
    const what = `${VERBS[method] ?? method} ${nameOf(path)}`;
    const request = createPipelineRequest({
      url: this.#url(path, call),
      method,
      headers: createHttpHeaders({ accept: 'application/json', 'content-type': 'application/json' }),
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(call.signal && { abortSignal: call.signal }),
    });
    const response = await this.#pipeline.sendRequest(this.#client, request).catch((error: unknown) => {
      call.signal?.throwIfAborted();
      throw silence(what, error);
    });
    const answer = {
      statusCode: response.status,
      headers: response.headers.toJSON(),
      body: jsonOf(response.bodyAsText),
    };
    if (response.status >= 400) throw refusal(what, response.status, saidIn(answer.body));
    return answer;
  }

  /** Addresses that Azure gave itself are complete; a token goes to none but Resource Manager. */
  #url(path: string, { apiVersion, query }: ArmCall): string {
    if (path.startsWith('https://')) {
      const [{ hostname }, own] = [new URL(path), new URL(this.endpoint).hostname];
      if (hostname === own || hostname.endsWith(`.${own}`)) return path;
      throw new AzureError(
        `Azure names ${hostname} as the next address, which is not part of ${own}: check HTTPS_PROXY`,
      );
    }
    const url = new URL(this.endpoint + path);
    url.searchParams.set('api-version', apiVersion);
    for (const [key, value] of Object.entries(query ?? {})) url.searchParams.set(key, value);
    return url.href;
  }
}

const VERBS: Readonly<Record<string, string>> = {
  GET: 'read',
  PUT: 'create',
  DELETE: 'delete',
  POST: 'ask for',
};

/** `containerGroups/prod-acme` of an id or address: its last two parts. */
function nameOf(path: string): string {
  const [pathname = ''] = path.replace(/^https:\/\/[^/]*/, '').split('?');
  return pathname.split('/').slice(-2).join('/');
}

/** An operation can fail although its address, or the resource itself, answers 200. */
function throwIfFailed(what: string, { statusCode, body }: Answer): void {
  const { provisioningState } = (body.properties ?? {}) as { readonly provisioningState?: unknown };
  const over = body.status ?? provisioningState;
  if (over !== 'Failed' && over !== 'Canceled') return;
  throw refusal(what, statusCode, { message: `it has ended as ${over}`, ...saidIn(body) });
}

/** Azure's word and sentence. */
function saidIn({ error }: Record<string, unknown>): { code?: string; message?: string } {
  if (typeof error !== 'object' || error === null) return {};
  const { code, message } = error as Record<string, unknown>;
  return {
    ...(typeof code === 'string' && { code }),
    ...(typeof message === 'string' && { message }),
  };
}
