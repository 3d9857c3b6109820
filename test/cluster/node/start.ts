import { command, type CommandOptions } from './command.js';
import { Daemon } from './daemon.js';
import type { Layout } from './layout.js';

/** A start of a node: where, what runs of it by now, and whether it shall still be. */
export class Start {
  readonly started: Daemon[] = [];

  /** @param signal interrupts whatever is under way; what runs by then is left to who takes the node down */
  constructor(
    readonly layout: Layout,
    readonly signal: AbortSignal,
  ) {}

  /** Starts a part that runs until the node is taken down. */
  daemon(name: string, program: string, args: readonly string[]): Daemon {
    this.signal.throwIfAborted();
    const daemon = new Daemon(name, this.layout.logs, program, args);
    this.started.push(daemon);
    return daemon;
  }

  /** Starts a part of Kubernetes itself. */
  component(name: string, args: readonly string[]): Daemon {
    return this.daemon(name, this.layout.kubernetes, [name, ...args]);
  }

  run(program: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
    return command(program, args, { ...options, signal: this.signal });
  }

  kubectl(...args: readonly string[]): Promise<string> {
    return this.run(this.layout.kubernetes, ['kubectl', '--kubeconfig', this.layout.kubeconfig, ...args]);
  }

  /** Waits until `look` stops throwing. */
  until(daemon: Daemon, look: () => Promise<unknown>): Promise<void> {
    return daemon.until(look, this.signal);
  }
}
