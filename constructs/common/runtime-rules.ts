import { HOST_ENV, HOST_PORTS, STATE_DIRECTORY } from '../../topology/host-contract.js';

import { isKnown, type PropRule } from './validation.js';

/** Props that say what runs in a container, on every platform. */
interface ProcessProps {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly port?: number;
}

/** What differs between platforms in the words of a mistake. */
interface Words {
  /** What the port is for: `which …`. */
  readonly port: string;
  /** Why the home lies there: `since …` or `which …`. */
  readonly home: string;
}

/** Rules: the runtime runs as a server that clients reach, ends idle sessions, and writes where its state is kept. */
export function runtimeRules<P extends ProcessProps>(words: Words): readonly PropRule<P>[] {
  return [
    flag('--headless', 'the runtime host refuses to start without it'),
    flag('--session-idle-timeout', 'a runtime without it never ends a session'),
    samePort(words.port),
    ownPort,
    homeInState(words.home),
  ];
}

const flag =
  (name: string, since: string): PropRule<ProcessProps> =>
  ({ args }) =>
    !isKnown(args) || args.includes(name)
      ? undefined
      : `args must have ${name}, since ${since}: make them with runtimeArguments`;

const samePort =
  (why: string): PropRule<ProcessProps> =>
  ({ args, port = 4321 }) => {
    if (!isKnown(args) || !isKnown(port)) return undefined;
    const got = args[args.indexOf('--port') + 1];
    if (!args.includes('--port') || !isKnown(got) || got === String(port)) return undefined;
    return `args must have --port ${port}, ${why}, got ${got}: make port and args the same`;
  };

const ownPort: PropRule<ProcessProps> = ({ port }) =>
  isKnown(port) && Object.values<number>(HOST_PORTS).includes(port)
    ? `port must not be ${port}, which the runtime host uses itself: use another, such as 4321`
    : undefined;

const homeInState =
  (why: string): PropRule<ProcessProps> =>
  ({ env }) => {
    const home = isKnown(env) ? env[HOST_ENV.home] : undefined;
    if (!isKnown(home) || (home.startsWith(`${STATE_DIRECTORY}/`) && !home.split('/').includes('..')))
      return undefined;
    return `env ${HOST_ENV.home} must be a folder in ${STATE_DIRECTORY}, ${why}, got "${home}": use ${STATE_DIRECTORY}/home, or leave it out`;
  };
