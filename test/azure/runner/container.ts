import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const SCRIPT = path.resolve('test/azure/runner/container.sh');
/** Azure keeps this much of what a container prints. */
const LOG_BYTES = 4 << 20;
const GRACE_MS = 10_000;

/** What the image of services/Dockerfile sets. */
const IMAGE_ENV = {
  PATH: '/opt/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  NODE_ENV: 'production',
  HOME: '/tmp',
  COPILOT_HOME: '/var/lib/copilot/home',
  NODE_EXTRA_CA_CERTS: '/opt/ca.pem',
};

/** How a container is to run. */
export interface ContainerSpec {
  readonly namespace: string;
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly mounts: readonly {
    readonly source: string;
    readonly target: string;
    readonly readOnly: boolean;
  }[];
  /** Empty folder that becomes its root, in its own namespace. */
  readonly root: string;
  /** Folder with `hosts`, `ca.pem` and the other files of {@link SCRIPT}. */
  readonly files: string;
}

export const containerEnvironment = ({ env }: ContainerSpec) => ({ ...IMAGE_ENV, ...env });

/** In the root of a container: its user, without privileges, in the image's working directory. */
export const BECOME_CONTAINER_USER: readonly string[] = [
  ...['env', '-C', '/app', 'setpriv', '--reuid=10001', '--regid=10001', '--clear-groups'],
  ...['--inh-caps=-all', '--bounding-set=-all', '--no-new-privs'],
];

/** Processes of one container from its start to its end; started again, it is another one. */
export class ContainerProcess {
  readonly ended: Promise<number>;
  readonly #child: ChildProcess;

  constructor(spec: ContainerSpec, printed: (text: string) => void) {
    mkdirSync(spec.root, { recursive: true });
    const binds = spec.mounts.map(
      ({ source, target, readOnly }) => `${source}:${target}:${readOnly ? 'ro' : 'rw'}`,
    );
    const container = [SCRIPT, spec.root, spec.files, process.cwd(), process.execPath, ...binds, '--'];
    this.#child = spawn(
      'setpriv',
      [
        // With the test, whatever ends it.
        '--pdeathsig=KILL',
        ...['nsenter', `--net=/run/netns/${spec.namespace}`],
        ...['unshare', '--mount', '--ipc', '--pid', '--fork', '--kill-child=SIGKILL'],
        ...['sh', ...container, ...onThisMachine(spec.command)],
      ],
      { env: containerEnvironment(spec), stdio: ['ignore', 'pipe', 'pipe'] },
    );
    for (const stream of [this.#child.stdout!, this.#child.stderr!])
      stream.setEncoding('utf8').on('data', printed);
    this.ended = once(this.#child, 'close').then(
      () => this.#child.exitCode ?? 128 + (this.#child.signalCode === 'SIGKILL' ? 9 : 15),
    );
  }

  /** Process 1 of the container, as this machine numbers it; undefined before it starts and after its end. */
  get pid(): number | undefined {
    const pid = this.#child.pid!;
    try {
      const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
      return children === '' ? undefined : Number(children.split(' ')[0]);
    } catch {
      return undefined;
    }
  }

  /** Asks it to end, and after a while makes it. */
  async stop(graceMs = GRACE_MS): Promise<void> {
    const { pid } = this;
    if (pid !== undefined) process.kill(pid, 'SIGTERM');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), pid === undefined ? 0 : graceMs);
    await this.ended;
    clearTimeout(timer);
  }
}

/** The image has an init that this machine may lack. */
function onThisMachine(command: readonly string[]): string[] {
  const [program = '', ...args] = command;
  return program === '/usr/bin/tini' && !existsSync(program)
    ? ['/opt/bin/tini', ...args]
    : [program, ...args];
}

/** The end of what a container has printed. */
export class Log {
  text = '';

  add(more: string): void {
    this.text = (this.text + more).slice(-LOG_BYTES);
  }
}
