import { command } from '../../cluster/node/command.js';
import { Pty } from '../../support/pty.js';
import type { GroupLife } from '../stand-in/arm/container-groups/life.js';
import type { Container, GroupProperties, Probe } from '../stand-in/arm/container-groups/model.js';
import type { Terminal, TerminalEvents } from '../stand-in/arm/container-groups/terminals.js';

import {
  BECOME_CONTAINER_USER,
  ContainerProcess,
  containerEnvironment,
  Log,
  type ContainerSpec,
} from './container.js';
import type { Fabric, Probed } from './fabric.js';

const LONGEST_PAUSE_MS = 10_000;

const entering = (pid: number) => [
  ...['--target', String(pid)],
  ...['--mount', '--pid', '--ipc', '--net', '--root'],
];

/** Keeps one container of a group as its restart policy and its probes want it. */
export class Supervisor {
  readonly log = new Log();
  #process: ContainerProcess | undefined;
  #timers = new Set<NodeJS.Timeout>();
  #stopping = false;
  #starts = 0;

  constructor(
    readonly container: Container,
    readonly spec: ContainerSpec,
    readonly life: GroupLife,
    readonly policy: GroupProperties['restartPolicy'],
    readonly fabric: Fabric,
  ) {}

  start(): void {
    const root = `${this.spec.root}-${(this.#starts += 1)}`;
    const started = new ContainerProcess({ ...this.spec, root }, (text) => this.log.add(text));
    this.#process = started;
    this.life.started(this.container);
    void started.ended.then((code) => this.#ended(code));
    this.#probe('Readiness', this.container.properties.readinessProbe);
    this.#probe('Liveness', this.container.properties.livenessProbe);
    if (!this.container.properties.readinessProbe) this.life.probed(this.container, true);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.#clear();
    await this.#process?.stop();
  }

  #ended(code: number): void {
    this.#clear();
    this.life.probed(this.container, false);
    const again = !this.#stopping && (this.policy === 'OnFailure' ? code !== 0 : this.policy !== 'Never');
    this.life.ended(this.container, code, again);
    if (again) this.#later(Math.min(2 ** this.#starts * 100, LONGEST_PAUSE_MS), () => this.start());
  }

  /** Asks a probe in its period, until the container ends. */
  #probe(kind: 'Liveness' | 'Readiness', probe: Probe | undefined): void {
    if (!probe) return;
    const { initialDelaySeconds = 0, periodSeconds = 10, failureThreshold = 3, timeoutSeconds = 1 } = probe;
    let failures = 0;
    const ask = async () => {
      const { status, why } = await this.#ask(probe, timeoutSeconds * 1000);
      if (this.#stopping) return;
      failures = status >= 200 && status < 400 ? 0 : failures + 1;
      if (failures > 0) this.life.unhealthy(this.container, kind, why ?? `status ${status}`);
      if (kind === 'Readiness') this.life.probed(this.container, failures === 0);
      if (kind === 'Liveness' && failures >= failureThreshold) {
        this.life.killing(this.container, 'liveness probe failed');
        await this.#process?.stop();
        return;
      }
      this.#later(periodSeconds * 1000, () => void ask());
    };
    // Azure looks in whole periods; a test waits for the first look, so it comes soon.
    this.#later(Math.max(initialDelaySeconds * 1000, 300), () => void ask());
  }

  async #ask({ httpGet, exec }: Probe, timeoutMs: number): Promise<Probed> {
    if (httpGet) {
      const url = `http://${this.life.address}:${httpGet.port}${httpGet.path ?? '/'}`;
      return this.fabric.probe(url, timeoutMs);
    }
    return this.exec(exec?.command ?? []).then(
      () => ({ status: 200 }),
      (error: unknown) => ({ status: 0, why: (error as Error).message }),
    );
  }

  /** Runs a command in the container, as its user. @returns what it printed */
  exec(args: readonly string[]): Promise<string> {
    const pid = this.#process?.pid;
    if (pid === undefined) return Promise.reject(new Error(`container ${this.container.name} does not run`));
    return command('nsenter', [...entering(pid), ...BECOME_CONTAINER_USER, ...args], {
      env: containerEnvironment(this.spec),
      timeoutMs: 60_000,
    });
  }

  /** Starts a program in a terminal in the container, as its user. */
  terminal(program: string, events: TerminalEvents): Terminal {
    const pid = this.#process?.pid;
    if (pid === undefined) throw new Error(`container ${this.container.name} does not run`);
    // With the connection, whoever holds the terminal ends, and the program hears of it.
    const inside = [
      'nsenter',
      ...entering(pid),
      ...BECOME_CONTAINER_USER,
      'setpriv',
      '--pdeathsig=KILL',
      '--',
    ];
    return new Pty(program, { env: containerEnvironment(this.spec), inside }, events);
  }

  #later(ms: number, run: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      run();
    }, ms);
    this.#timers.add(timer);
  }

  #clear(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }
}
