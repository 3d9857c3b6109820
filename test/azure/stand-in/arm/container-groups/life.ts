import type { Container, GroupProperties } from './model.js';

/** Something that happened to a container or group, as `instanceView.events` tells it. */
export interface GroupEvent {
  readonly name: string;
  readonly type: 'Normal' | 'Warning';
  readonly message: string;
  readonly count: number;
  readonly firstTimestamp: string;
  readonly lastTimestamp: string;
}

interface ContainerState {
  readonly state: 'Waiting' | 'Running' | 'Terminated';
  readonly startTime?: string;
  readonly finishTime?: string;
  readonly exitCode?: number;
  readonly detailStatus: string;
}

/** What a container has been through; `instanceView` shows it. */
class ContainerLife {
  restarts = 0;
  ready = false;
  current: ContainerState = { state: 'Waiting', detailStatus: '' };
  previous: ContainerState | undefined;
  readonly events: GroupEvent[] = [];

  note(name: string, message: string, type: GroupEvent['type'] = 'Normal'): void {
    const now = new Date().toISOString();
    const at = this.events.findIndex((one) => one.name === name && one.message === message);
    const before = this.events[at];
    const { count = 0, firstTimestamp = now } = before ?? {};
    const event = { name, type, message, count: count + 1, firstTimestamp, lastTimestamp: now };
    if (before) this.events[at] = event;
    else this.events.push(event);
  }

  change(state: ContainerState): void {
    if (this.current.state === 'Terminated' || state.state === 'Terminated') this.previous = this.current;
    this.current = state;
  }

  get view() {
    return {
      restartCount: this.restarts,
      currentState: this.current,
      ...(this.previous ? { previousState: this.previous } : {}),
      events: [...this.events],
    };
  }
}

/** The life of one container group; whoever runs its containers tells what happens. */
export class GroupLife {
  state: 'Pending' | 'Running' | 'Stopped' | 'Succeeded' | 'Failed' = 'Pending';
  readonly #containers: ReadonlyMap<string, ContainerLife>;
  readonly #changes: (() => void)[] = [];

  constructor(
    { containers }: GroupProperties,
    /** Address in its network. @default - it has none */
    readonly address: string | undefined,
  ) {
    this.#containers = new Map(containers.map(({ name }) => [name, new ContainerLife()]));
  }

  pulled({ name, properties: { image } }: Container): void {
    const life = this.#of(name);
    life.note('Pulling', `pulling image "${image}"`);
    life.note('Pulled', `Successfully pulled image "${image}"`);
    life.note('Created', 'Created container');
  }

  /** The image cannot be had: tried again and again. */
  notPulled({ name, properties: { image } }: Container): void {
    const life = this.#of(name);
    life.note('Pulling', `pulling image "${image}"`);
    life.note('Failed', `Failed to pull image "${image}": image not found or access denied`, 'Warning');
    life.note('BackOff', `Back-off pulling image "${image}"`);
    life.change({ state: 'Waiting', detailStatus: 'ImagePullBackOff' });
  }

  notMounted({ name }: Container): void {
    const life = this.#of(name);
    life.note('FailedMountAzureFileVolume', 'Failed to mount Azure File Volume.', 'Warning');
    life.change({ state: 'Waiting', detailStatus: 'FailedMountAzureFileVolume' });
  }

  started({ name }: Container): void {
    const life = this.#of(name);
    life.note('Started', 'Started container');
    life.change({ state: 'Running', startTime: new Date().toISOString(), detailStatus: '' });
    this.state = 'Running';
    this.#changed();
  }

  unhealthy({ name }: Container, probe: 'Liveness' | 'Readiness', message: string): void {
    this.#of(name).note('Unhealthy', `${probe} probe failed: ${message}`, 'Warning');
    this.#changed();
  }

  /** What the readiness probe of a container has found; true for one without. */
  probed({ name }: Container, ready: boolean): void {
    this.#of(name).ready = ready;
    this.#changed();
  }

  /** Whether every container is ready. */
  get ready(): boolean {
    return [...this.#containers.values()].every(({ ready }) => ready);
  }

  killing({ name }: Container, why: string): void {
    this.#of(name).note('Killing', `Killing container: ${why}`);
  }

  /** @param again Whether it is started again */
  ended({ name }: Container, exitCode: number, again: boolean): void {
    const life = this.#of(name);
    const startTime = life.current.startTime;
    life.change({
      state: 'Terminated',
      exitCode,
      finishTime: new Date().toISOString(),
      detailStatus: exitCode === 0 ? 'Completed' : 'Error',
      ...(startTime ? { startTime } : {}),
    });
    if (again) {
      life.restarts += 1;
      if (life.restarts > 1) life.note('BackOff', 'Back-off restarting failed container', 'Warning');
    } else if ([...this.#containers.values()].every(({ current }) => current.state === 'Terminated')) {
      this.state = exitCode === 0 ? 'Succeeded' : 'Failed';
    }
    this.#changed();
  }

  stopped(): void {
    this.state = 'Stopped';
    this.#changed();
  }

  viewOf(container: string) {
    return this.#of(container).view;
  }

  /** Waits until something about it is so. */
  async until(so: (life: GroupLife) => boolean): Promise<void> {
    while (!so(this)) await new Promise<void>((resolve) => this.#changes.push(resolve));
  }

  #changed(): void {
    for (const resolve of this.#changes.splice(0)) resolve();
  }

  #of(name: string): ContainerLife {
    const life = this.#containers.get(name);
    if (!life) throw new Error(`no container ${name}`);
    return life;
  }
}
