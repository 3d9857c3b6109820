import {
  bearerTokenAuthenticationPolicy,
  createDefaultHttpClient,
  createHttpHeaders,
  createPipelineFromOptions,
  createPipelineRequest,
  RestError,
  type HttpMethods,
} from '@azure/core-rest-pipeline';
import type { TokenCredential } from '@azure/identity';

import { AzureFailure, failureOnTheWay, unexpected, type Missing } from '../managed-identity/failure.js';
import { ANSWER_MS, SDK_RETRIES } from '../managed-identity/patience.js';
import type { RecordSettings } from '../managed-identity/settings.js';

const API_VERSION = '2024-06-01';

/** An A record set as Azure has it. */
export interface Found {
  readonly addresses: readonly string[];
  readonly etag: string | undefined;
  /** All that it says besides the addresses, to be left as it is. */
  readonly properties: Readonly<Record<string, unknown>>;
}

interface Answer {
  readonly etag?: string;
  readonly properties?: {
    readonly ttl?: number;
    readonly metadata?: Readonly<Record<string, string>>;
    readonly aRecords?: readonly { readonly ipv4Address: string }[];
  };
}

/** One A record set of a private DNS zone, and no other. */
export class RecordSet {
  readonly #client = createDefaultHttpClient();
  readonly #pipeline = createPipelineFromOptions({ retryOptions: SDK_RETRIES });
  /** For messages. */
  readonly name: string;

  constructor(
    private readonly settings: RecordSettings,
    credential: TokenCredential,
  ) {
    const [zone, , name] = settings.id.split('/').slice(-3);
    this.name = `${name}.${zone}`;
    const scopes = `${settings.resourceManager}/.default`;
    this.#pipeline.addPolicy(bearerTokenAuthenticationPolicy({ credential, scopes }), { phase: 'Sign' });
  }

  /** @throws {AzureFailure} that says what is missing */
  async read(): Promise<Found> {
    const { etag, properties = {} } = await this.#send('GET');
    const { ttl, metadata, aRecords = [] } = properties;
    return {
      etag,
      addresses: aRecords.map(({ ipv4Address }) => ipv4Address),
      properties: { ...(ttl !== undefined && { ttl }), ...(metadata && { metadata }) },
    };
  }

  /**
   * Makes the record lead to one address, unless somebody has changed it since it was read.
   *
   * @throws {AzureFailure} that says what is missing
   */
  async lead({ etag, properties }: Found, address: string): Promise<void> {
    await this.#send('PATCH', { properties: { ...properties, aRecords: [{ ipv4Address: address }] } }, etag);
  }

  async #send(method: HttpMethods, body?: object, etag?: string): Promise<Answer> {
    const request = createPipelineRequest({
      url: `${this.settings.resourceManager}${this.settings.id}?api-version=${API_VERSION}`,
      method,
      headers: createHttpHeaders({
        accept: 'application/json',
        ...(body && { 'content-type': 'application/json' }),
        ...(etag !== undefined && { 'if-match': etag }),
      }),
      ...(body && { body: JSON.stringify(body) }),
      abortSignal: AbortSignal.timeout(ANSWER_MS),
    });
    try {
      const response = await this.#pipeline.sendRequest(this.#client, request);
      if (response.status !== 200) {
        throw new RestError(`status ${response.status}`, { statusCode: response.status });
      }
      return JSON.parse(response.bodyAsText ?? '') as Answer;
    } catch (error) {
      throw this.#failure(error);
    }
  }

  #failure(error: unknown): AzureFailure {
    const fail = (missing: Missing, why: string) =>
      new AzureFailure(missing, `the DNS record ${this.name} ${why}`, { cause: error });
    const { statusCode } = error as Partial<RestError>;
    if (statusCode === 403) {
      return fail(
        'role',
        `may not be changed by the identity ${this.settings.identity} (403): assign it the role "Private DNS Zone Contributor" on that record set; a new role takes up to 10 minutes to be known`,
      );
    }
    if (statusCode === 404) {
      return fail('record', 'does not exist: deploy again, for it is created before the group');
    }
    if (statusCode === 409 || statusCode === 412) {
      return fail('service', 'was changed by somebody else at the same time: it is tried again');
    }
    return (
      failureOnTheWay(error, `Azure Resource Manager (${this.settings.resourceManager})`) ??
      unexpected(error, `changing the DNS record ${this.name}`)
    );
  }
}
