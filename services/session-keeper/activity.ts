import type { RuntimeLink } from '../runtime-host/link.js';

/** Asks one runtime which of its sessions have a turn under way. One that does not run has none. */
export class Activity {
  #link: Promise<RuntimeLink | undefined> | undefined;

  /** @param link of the runtime; undefined when it is known not to run */
  constructor(private readonly link: () => Promise<RuntimeLink | undefined>) {}

  readonly isBusy = async (sessionId: string): Promise<boolean> => {
    const link = await (this.#link ??= this.#open());
    const answer = await link?.call<{ hasActiveWork: boolean }>('session.metadata.activity', { sessionId });
    return answer?.hasActiveWork ?? false;
  };

  async close(): Promise<void> {
    (await this.#link?.catch(() => undefined))?.close();
  }

  async #open(): Promise<RuntimeLink | undefined> {
    const link = await this.link();
    try {
      await link?.open();
      return link;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ECONNREFUSED') return undefined;
      throw error;
    }
  }
}
