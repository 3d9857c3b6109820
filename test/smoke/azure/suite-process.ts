import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

import type { Report, SuiteOptions } from '../../../smoke/index.js';
import type { Manifest } from '../../../topology/index.js';

interface Answer {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: { readonly name: string; readonly message: string };
}

/** The suite and its target in a process of their own, which finds the stand-in under the names of Azure. */
export class SuiteProcess {
  #last = 0;

  private constructor(readonly child: ChildProcess) {}

  /** @param env what leads to the stand-in, and credentials */
  static async start(env: Readonly<Record<string, string>>): Promise<SuiteProcess> {
    const child = fork(path.resolve('test/smoke/azure/suite.mjs'), {
      env: { PATH: process.env.PATH, ...env },
    });
    await once(child, 'message');
    return new SuiteProcess(child);
  }

  async stop(): Promise<void> {
    this.child.kill();
    await once(this.child, 'exit');
  }

  /** Starts anew with a manifest: all that the target has seen is forgotten. */
  async open(manifest: Manifest): Promise<void> {
    await this.#do('open', manifest);
  }

  async run(options: SuiteOptions): Promise<Report> {
    return (await this.#do('run', options)) as Report;
  }

  /** What a method of the target gives. */
  ask(method: 'address' | 'gateway' | 'log' | 'lost' | 'replace' | 'secret', ...args: readonly unknown[]) {
    return this.#do('ask', method, ...args);
  }

  async #do(what: string, ...args: readonly unknown[]): Promise<unknown> {
    const id = (this.#last += 1);
    this.child.send({ id, what, args });
    for (;;) {
      const [answer] = (await once(this.child, 'message')) as [Answer];
      if (answer.id !== id) continue;
      if (answer.error) throw Object.assign(new Error(answer.error.message), { name: answer.error.name });
      return answer.result;
    }
  }
}
