import { TENANT_SEPARATOR } from '../../topology/pool-contract.js';

import { CODE } from './errors.js';
import { outward } from './ids.js';
import { lostEvent } from './lost-event.js';
import { encode, type CallId, type Json } from './message.js';
import { ASKED } from './methods.js';
import type { Metrics } from './metrics.js';
import type { Session } from './session.js';
import type { Sessions } from './sessions.js';
import type { Tenants } from './tenants.js';
import type { Link } from './upstream/link.js';

/** What replicas say, brought to those whom it concerns and to nobody else. */
export class Hearing {
  constructor(
    private readonly sessions: Sessions,
    private readonly tenants: Tenants,
    private readonly metrics: Metrics,
  ) {}

  /** An event of a session, for its owner. */
  notification(link: Link, method: string, params: Json): void {
    if (method !== 'session.event' || typeof params.sessionId !== 'string') return;
    const session = this.sessions.get(params.sessionId);
    if (!session || session.link !== link) return;
    session.observe(params.event);
    // That it was away is nothing to its owner.
    if (session.state === 'returning') return;
    session.owner.notify('session.event', outward(session.tenant.prefix, params));
  }

  /** What a runtime tells everybody, each tenant hears of its own sessions. */
  broadcast(params: Json): void {
    const { sessionId } = params;
    if (typeof sessionId !== 'string') return;
    const tenant = this.tenants.get(sessionId.split(TENANT_SEPARATOR, 1)[0]!);
    if (!tenant || !sessionId.startsWith(tenant.prefix) || tenant.clients.size === 0) return;
    const frame = encode({ method: 'session.lifecycle', params: outward(tenant.prefix, params) });
    for (const client of tenant.clients) client.sendFrame(frame);
  }

  /** A question about a session, for its owner. */
  request(link: Link, id: CallId, method: string, params: Json): void {
    const session = typeof params.sessionId === 'string' ? this.sessions.get(params.sessionId) : undefined;
    if (!Object.hasOwn(ASKED, method) || !session || session.link !== link || session.owner.closed) {
      link.answer(id, { error: { code: CODE.unknownMethod, message: `Unhandled method ${method}` } });
      return;
    }
    session.owner.ask(session, link, id, method, outward(session.tenant.prefix, params));
  }

  /** Nobody else would tell the owner of a session: the SDK waits for an answer until its own deadline. */
  lost(link: Link): void {
    for (const session of this.sessions) {
      if (session.link !== link) continue;
      if (this.#goesOn(session, link)) {
        this.sessions.park(session);
        continue;
      }
      this.metrics.lost.inc({ replica: session.replica?.id ?? '' });
      const wasAttached = session.state === 'attached';
      if (session.state === 'attaching') this.sessions.release(session, false);
      else this.sessions.lose(session);
      if (wasAttached) session.owner.notify('session.event', { sessionId: session.id, event: lostEvent() });
    }
  }

  /** Nothing ran in it when its replica ended as it had said. Under a lock, only a replica that let go has let go. */
  #goesOn({ state, busy, lease }: Session, link: Link): boolean {
    const rested = state === 'returning' || (state === 'attached' && link.draining && !busy);
    return rested && lease === undefined;
  }
}
