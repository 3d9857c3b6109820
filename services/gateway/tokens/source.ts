import type { GatewayConfig } from '../../../topology/gateway-contract.js';

/** Values of token slots, by {@link tokenKey}. */
export type Tokens = ReadonlyMap<string, string>;

export const tokenKey = (tenant: string, slot: 'a' | 'b') => `${tenant}.${slot}`;

/** Where tenants' tokens are kept. Which of them are valid stands in the configuration. */
export interface TokenSource {
  /** Calls back with all tokens now and after every change, until closed. */
  start(onTokens: (tokens: Tokens) => void): Promise<void>;
  close(): void;
}

/** The source that a configuration names; what only one of them needs is loaded only then. */
export async function openTokenSource(
  { tokens }: GatewayConfig,
  warn: (message: string) => void,
): Promise<TokenSource> {
  switch (tokens.kind) {
    case 'directory':
      return new (await import('./directory.js')).TokenDirectory(tokens.path, warn);
    case 'kubernetes':
      return new (await import('./secrets.js')).TokenSecrets(tokens.namespace, warn);
  }
}
