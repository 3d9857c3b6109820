/** What befell one or several runtimes on purpose. */
export interface Blow {
  readonly kind: string;
  /** What it hits, as `<deployment>/<runtime>` or `<deployment>/gateway`. */
  readonly hits: readonly string[];
  readonly at: number;
  /** When everything was well again. @default - not yet */
  healedAt?: number;
}

export interface FailedTurn {
  readonly tenant: string;
  /** What the tenant's turns go through, as `<deployment>/<runtime>` or `<deployment>/gateway`. */
  readonly uses: readonly string[];
  /** When the session was last known to be well: a blow to one that rests shows at its next turn. */
  readonly wellAt: number;
  readonly begun: number;
  readonly ended: number;
  readonly reason: string;
}

/** A turn that was sent so shortly before a stop may reach the runtime after the last look at what runs, in milliseconds. */
const SENT_MS = 1000;

/** What was done, what was promised to users, and what went wrong. */
export class Ledger {
  /** Answers that a user has seen, by tenant and session. */
  readonly answers = new Map<string, Map<string, string[]>>();
  readonly blows: Blow[] = [];
  readonly failures: FailedTurn[] = [];
  turns = 0;

  answered(tenant: string, session: string, answer: string): void {
    this.turns++;
    const sessions = this.answers.get(tenant) ?? new Map<string, string[]>();
    this.answers.set(tenant, sessions);
    const answers = sessions.get(session);
    if (answers) answers.push(answer);
    else sessions.set(session, [answer]);
  }

  /**
   * The blow that explains a failure: one to what the tenant uses since its session was last well. A turn that had begun
   * well before its own runtime was to stop in order is never explained by that: it was to be waited for.
   */
  causeOf({ uses, wellAt, begun, ended }: FailedTurn): Blow | undefined {
    return this.blows.find(
      ({ kind, hits, at, healedAt = Infinity }) =>
        hits.some((hit) => uses.includes(hit)) &&
        ended >= at &&
        wellAt <= healedAt &&
        !((kind === 'drain' || kind === 'replace') && uses.length === 1 && begun < at - SENT_MS),
    );
  }
}
