import type { Client } from './client.js';
import type { RefusalKind, RpcError } from './errors.js';
import { Refusal } from './errors.js';
import type { Log } from './log.js';
import { allowed, whyDenied } from './methods.js';
import type { Metrics } from './metrics.js';

/** A method that a client made up is whatever it wrote, so only known ones are named. */
const nameOf = (method: string) =>
  allowed(method) || whyDenied(method) !== undefined ? method : '(unknown)';

/** Leaves a line for everything that the gateway refused: who, what and why; no prompt, token or session id. */
export class Audit {
  constructor(
    private readonly log: Log,
    private readonly metrics: Metrics,
  ) {}

  refused(client: Client, method: string, error: RpcError): void {
    const kind: RefusalKind = error instanceof Refusal ? error.kind : 'invalid';
    const tenant = client.tenant?.id ?? '';
    this.metrics.refusals.inc({ tenant, kind });
    this.log.warn({ audit: 'refused', tenant, client: client.name, method: nameOf(method), kind }, 'refused');
  }

  cutOff(client: Client, why: string): void {
    const tenant = client.tenant?.id ?? '';
    this.metrics.cutOff.inc({ tenant });
    this.log.warn({ audit: 'cut-off', tenant, client: client.name, why }, 'a connection was ended');
  }
}
