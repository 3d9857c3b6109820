import { randomUUID } from 'node:crypto';

import { AzureError, type AzureRequest } from './exchange.js';

/** Somebody who can sign in. */
export interface Principal {
  readonly kind: 'application' | 'managed identity';
  /** What a role is assigned to. */
  readonly objectId: string;
  readonly clientId: string;
  /** Resource id of a managed identity. */
  readonly resourceId?: string;
}

interface Application extends Principal {
  readonly kind: 'application';
  readonly clientSecret: string;
}

interface Token {
  readonly principal: Principal;
  /** What the token is for, such as `https://vault.azure.net`. */
  readonly audience: string;
  readonly expires: number;
}

export const TOKEN_SECONDS = 86_400;

/** Microsoft Entra ID: who there is, and whose each token is. */
export class Directory {
  readonly #principals = new Map<string, Principal>();
  readonly #tokens = new Map<string, Token>();

  constructor(readonly tenantId: string) {}

  /** Somebody with a client secret, such as who runs Terraform. */
  addApplication(clientSecret: string = randomUUID()): Application {
    const application: Application = {
      kind: 'application',
      objectId: randomUUID(),
      clientId: randomUUID(),
      clientSecret,
    };
    this.#principals.set(application.objectId, application);
    return application;
  }

  addManagedIdentity(resourceId: string): Principal {
    const identity: Principal = {
      kind: 'managed identity',
      objectId: randomUUID(),
      clientId: randomUUID(),
      resourceId,
    };
    this.#principals.set(identity.objectId, identity);
    return identity;
  }

  remove({ objectId }: Pick<Principal, 'objectId'>): void {
    this.#principals.delete(objectId);
  }

  find(objectId: string): Principal | undefined {
    return this.#principals.get(objectId);
  }

  /** The managed identity that is this resource. */
  identityOf(resourceId: string): Principal | undefined {
    const wanted = resourceId.toLowerCase();
    return [...this.#principals.values()].find((one) => one.resourceId?.toLowerCase() === wanted);
  }

  /** The application with this id and secret. */
  signIn(clientId: string, clientSecret: string): Principal | undefined {
    return [...this.#principals.values()].find(
      (one) => one.clientId === clientId && (one as Partial<Application>).clientSecret === clientSecret,
    );
  }

  /** The application with this id, for a caller whose federated assertion is taken for good. */
  applicationOf(clientId: string): Principal | undefined {
    return [...this.#principals.values()].find(
      (one) => one.kind === 'application' && one.clientId === clientId,
    );
  }

  /** A token, unsigned: clients only look into it. */
  issue(principal: Principal, audience: string): string {
    const now = Math.floor(Date.now() / 1000);
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const claims = {
      aud: audience,
      iss: `https://sts.windows.net/${this.tenantId}/`,
      iat: now,
      nbf: now,
      exp: now + TOKEN_SECONDS,
      appid: principal.clientId,
      oid: principal.objectId,
      tid: this.tenantId,
      uti: randomUUID(),
      ...(principal.resourceId ? { xms_mirid: principal.resourceId } : {}),
    };
    const token = `${part({ typ: 'JWT', alg: 'none' })}.${part(claims)}.stand-in`;
    this.#tokens.set(token, { principal, audience: withoutSlash(audience), expires: claims.exp * 1000 });
    return token;
  }

  /** Every token out there ends, as after a long time. */
  expireTokens(): void {
    this.#tokens.clear();
  }

  /**
   * Who asks.
   *
   * @returns undefined without a token
   * @throws AzureError for a token that is not ours, has ended, or is for something else
   */
  authenticate(request: AzureRequest, audiences: readonly string[]): Principal | undefined {
    const given = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
    if (given === undefined) return undefined;
    const token = this.#tokens.get(given);
    if (!token || token.expires < Date.now() || !this.#principals.has(token.principal.objectId))
      throw new AzureError(401, 'InvalidAuthenticationToken', 'The access token is invalid or has expired.');
    if (!audiences.includes(token.audience))
      throw new AzureError(
        401,
        'InvalidAuthenticationTokenAudience',
        `The access token has been obtained for wrong audience or resource '${token.audience}'. It should exactly match one of the allowed audiences '${audiences.join("','")}'.`,
      );
    return token.principal;
  }
}

const withoutSlash = (text: string) => text.replace(/\/+$/, '');
