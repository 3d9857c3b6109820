import type { GatewayConfig } from '../../../topology/gateway-contract.js';

import type { TokenSource } from './source.js';

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
