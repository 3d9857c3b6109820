/** Values of token slots, by {@link tokenKey}. */
export type Tokens = ReadonlyMap<string, string>;

export const tokenKey = (tenant: string, slot: 'a' | 'b') => `${tenant}.${slot}`;

/** Where tenants' tokens are kept. Which of them are valid stands in the configuration. */
export interface TokenSource {
  /** Calls back with all tokens now and after every change, until closed. */
  start(onTokens: (tokens: Tokens) => void): Promise<void>;
  close(): void;
}
