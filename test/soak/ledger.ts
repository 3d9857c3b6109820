/** What befell one or several runtimes on purpose. */
export interface Blow {
  readonly kind: string;
  /** Ids of the runtimes that it hits; `gateway` for every pooled tenant. */
  readonly hits: readonly string[];
  readonly at: number;
  /** When everything was well again. @default - not yet */
  healedAt?: number;
}

export interface FailedTurn {
  readonly tenant: string;
  readonly begun: number;
  readonly ended: number;
  readonly reason: string;
}

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
    sessions.set(session, [...(sessions.get(session) ?? []), answer]);
  }

  /**
   * Failures that nothing explains: no blow to what the tenant uses while the turn ran. A turn that had begun before its
   * own runtime was asked to stop in order is never explained by that: it was to be waited for.
   */
  unexplained(usedBy: (tenant: string) => readonly string[]): FailedTurn[] {
    return this.failures.filter(({ tenant, begun, ended }) => {
      const uses = usedBy(tenant);
      return !this.blows.some(
        ({ kind, hits, at, healedAt = Infinity }) =>
          hits.some((hit) => uses.includes(hit)) &&
          ended >= at &&
          begun <= healedAt &&
          !(kind === 'drain' && uses.length === 1 && begun < at),
      );
    });
  }
}
