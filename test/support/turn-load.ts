import { directive } from '../../topology/stand-in.js';

/** How a client asks in one session. @returns the answer */
export type Ask = (prompt: string) => Promise<string | undefined>;

/** Turns in one session, one right after the other until it is told to stop, and what came of them. */
export class TurnLoad {
  /** Prompts that were answered. */
  readonly done: string[] = [];
  readonly failures: string[] = [];
  readonly #over: Promise<void>;
  #stopped = false;

  /** @param turnMs length of each turn, in milliseconds */
  constructor(
    readonly name: string,
    private readonly ask: Ask,
    private readonly turnMs: number,
  ) {
    this.#over = this.#run();
  }

  /** Settles when the last turn has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#over;
  }

  /** What the session remembers of this load. */
  async remembered(): Promise<string[]> {
    const all = JSON.parse((await this.ask(directive({ recall: true }))) ?? '[]') as string[];
    return all.filter((prompt) => prompt.startsWith(`${this.name}-`));
  }

  async #run(): Promise<void> {
    const stream = { chunks: 5, intervalMs: this.turnMs / 5 };
    for (let n = 0; !this.#stopped; n++) {
      const prompt = `${this.name}-${n} ${directive({ stream })}`;
      try {
        const answer = await this.ask(prompt);
        if (!answer?.includes('chunk 5 of 5')) throw new Error(`the answer is ${JSON.stringify(answer)}`);
        this.done.push(prompt);
      } catch (error) {
        this.failures.push(`${this.name}-${n}: ${(error as Error).message}`);
        return;
      }
    }
  }
}
