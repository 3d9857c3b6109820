import { createHash, timingSafeEqual } from 'node:crypto';

import { TOKEN_SLOTS, type GatewayConfig } from '../../topology/gateway-contract.js';

import { Tenant } from './tenant.js';
import { tokenKey, type Tokens } from './tokens/source.js';

/** Below this a token can be guessed. */
const MIN_TOKEN_LENGTH = 32;

interface Slot {
  readonly tenant: Tenant;
  readonly digest: Buffer;
}

const digestOf = (token: string) => createHash('sha256').update(token).digest();

/** Who the tenants are, and which token is whose. */
export class Tenants {
  readonly #byId = new Map<string, Tenant>();
  #slots: readonly Slot[] = [];
  #tokens: Tokens = new Map();

  constructor(private readonly warn: (message: string) => void) {}

  *[Symbol.iterator](): Iterator<Tenant> {
    yield* this.#byId.values();
  }

  get(id: string): Tenant | undefined {
    return this.#byId.get(id);
  }

  configure(tenants: GatewayConfig['tenants']): void {
    for (const id of this.#byId.keys()) if (!Object.hasOwn(tenants, id)) this.#byId.delete(id);
    for (const [id, settings] of Object.entries(tenants)) {
      const known = this.#byId.get(id);
      if (known) known.settings = settings;
      else this.#byId.set(id, new Tenant(id, settings));
    }
    this.#index();
  }

  setTokens(tokens: Tokens): void {
    this.#tokens = tokens;
    this.#index();
  }

  /** Whose token this is. Looks at every slot, so that the time it takes says nothing. */
  authenticate(token: string): { readonly tenant: Tenant; readonly digest: Buffer } | undefined {
    const digest = digestOf(token);
    let found: Tenant | undefined;
    for (const slot of this.#slots) if (timingSafeEqual(slot.digest, digest)) found = slot.tenant;
    return found && { tenant: found, digest };
  }

  /** Whether a token that was valid once still is. */
  isValid(tenant: Tenant, digest: Buffer): boolean {
    return this.#slots.some((slot) => slot.tenant === tenant && timingSafeEqual(slot.digest, digest));
  }

  #index(): void {
    const byDigest = new Map<string, Slot[]>();
    for (const tenant of this.#byId.values()) {
      for (const slot of TOKEN_SLOTS) {
        const token = this.#tokens.get(tokenKey(tenant.id, slot));
        if (tenant.settings.tokens[slot] === undefined || token === undefined) continue;
        if (token.length < MIN_TOKEN_LENGTH) {
          this.warn(
            `slot ${slot} of tenant ${tenant.id} has ${token.length} characters and is not used: at least ${MIN_TOKEN_LENGTH} are needed`,
          );
          continue;
        }
        const digest = digestOf(token);
        const key = digest.toString('hex');
        byDigest.set(key, [...(byDigest.get(key) ?? []), { tenant, digest }]);
      }
    }
    this.#slots = [...byDigest.values()].flatMap((slots) => {
      const owners = new Set(slots.map(({ tenant }) => tenant.id));
      if (owners.size === 1) return slots.slice(0, 1);
      // Whoever it is given to, one of them would be in the other's sessions.
      this.warn(`${[...owners].sort().join(' and ')} have the same token, which is not used: make new ones`);
      return [];
    });
  }
}
