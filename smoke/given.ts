import type { OldTokens } from './old-tokens.js';

/** What only whoever runs the suite knows. */
export interface Given {
  /** Tokens that must be refused. @default - none */
  readonly oldTokens?: OldTokens;
}
