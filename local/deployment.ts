import { setMaxListeners } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';

import pLimit from 'p-limit';
import pTimeout, { TimeoutError } from 'p-timeout';

import { GATEWAY_ENV, GATEWAY_FILES, localFiles, manifestOf, type Plan } from '../topology/index.js';

import { RunError, stateError } from './errors.js';
import { followGivenSecrets } from './follow-secrets.js';
import { LocalGateway } from './gateway.js';
import { Keeper, type KeeperEvent, type KeeperOptions } from './keeper.js';
import { gatewayLaunch, launchOf, type Launch, type ProgramLaunch } from './launch.js';
import { takeOwnership } from './owner.js';
import { endStrayGroup } from './processes.js';
import { readGivenSecrets, readRedisPassword } from './secrets.js';
import { createState, prepareRuntime, purgedRuntime, purgeState, writeManifest } from './state.js';

export type DeploymentEvent =
  | KeeperEvent
  | { readonly type: 'purged'; readonly item: string }
  /** A file with a secret has changed and cannot be used. */
  | { readonly type: 'secret-kept'; readonly reason: string }
  | { readonly type: 'cleaned-up'; readonly runtime: string };

export interface UpOptions {
  /** Directory below which each run has its own. @default .copilot-runtimes */
  readonly stateRoot?: string;
  /** File that the plan is of, for the message of a second `up`. */
  readonly source?: string;
  /** Runtimes that start at the same time. @default 8 */
  readonly parallelism?: number;
  /** A runtime that is not ready by then fails the run. @default 30_000 */
  readonly readyTimeoutMs?: number;
  /** Where `env` sources of secrets are read from. @default process.env */
  readonly env?: NodeJS.ProcessEnv;
  /** Ends the run, also in the middle of starting. */
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: DeploymentEvent) => void;
  readonly keeper?: Omit<KeeperOptions, 'onEvent' | 'onListening'>;
  /** Changes what is started: tests break a topology with it to see that the smoke suite notices. */
  readonly adaptLaunch?: (launch: Launch, all: readonly Launch[]) => Launch | Promise<Launch>;
  /** As {@link UpOptions.adaptLaunch}, for the gateway. */
  readonly adaptGateway?: (launch: ProgramLaunch) => ProgramLaunch | Promise<ProgramLaunch>;
}

/** A plan that runs on this machine. */
export interface Deployment {
  readonly manifestFile: string;
  readonly stateDirectory: string;
  /** Values that must appear in no report. */
  readonly secrets: readonly string[];
  /** Ends every process and gives the state directory back. State stays. */
  stop(): Promise<void>;
}

/**
 * Brings a plan up: one host and one runtime per active runtime of the plan, and the gateway of its pool, on
 * loopback.
 *
 * @throws {RunError} when the state cannot be written, another run holds it, or a runtime does not become ready;
 * nothing is left running then
 * @throws {InputError} when a secret that the topology names is not there
 */
export async function bringUp(plan: Plan, options: UpOptions = {}): Promise<Deployment> {
  const { stateRoot = '.copilot-runtimes', env = process.env, onEvent = () => undefined } = options;
  options.signal?.throwIfAborted();
  const given = await readGivenSecrets(plan, env, options.source);
  const redisPassword = await readRedisPassword(plan, env, options.source);
  const state = await createState(stateRoot, plan.name);
  const release = await takeOwnership(state, options.source ?? plan.name);
  const keepers: Keeper[] = [];
  let gateway: Keeper | undefined;
  let unfollow: () => void = () => undefined;
  const stop = async () => {
    unfollow();
    // First, for it lets turns finish that need their runtimes.
    await gateway?.stop();
    await Promise.all(keepers.map((keeper) => keeper.stop()));
    await release();
  };
  try {
    for (const place of placesOf(plan)) {
      if (await cleanUp(state, place)) onEvent({ type: 'cleaned-up', runtime: place.id });
    }
    for (const item of await purgeState(state, plan)) onEvent({ type: 'purged', item });
    const manifestFile = await writeManifest(state, manifestOf(plan));

    const active = plan.runtimes.filter((planned) => planned.state === 'active');
    const secrets: string[] = [];
    for (const planned of active) {
      secrets.push(...(await prepareRuntime(state, planned, given.get(planned.id))));
    }
    const local = plan.gateway && new LocalGateway(state, plan.gateway, redisPassword);
    if (local) secrets.push(...(await local.prepare()));
    const launches = active.map((planned) => launchOf(state, planned, env));
    for (const launch of launches) {
      const adapted = (await options.adaptLaunch?.(launch, launches)) ?? launch;
      keepers.push(new Keeper(adapted, { ...options.keeper, onEvent, ...listener(local) }));
    }
    await startAll(keepers, options);
    if (local) {
      const launch = gatewayLaunch(state, env);
      const adapted = (await options.adaptGateway?.(launch)) ?? launch;
      gateway = new Keeper(adapted, { ...options.keeper, onEvent, ...listener(local) });
      await startAll([gateway], options);
    }
    unfollow = followGivenSecrets({
      plan,
      state,
      given,
      env,
      source: options.source,
      onValue: (value) => secrets.push(value),
      onProblem: (reason) => onEvent({ type: 'secret-kept', reason }),
    });
    return { manifestFile, stateDirectory: state, secrets, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startAll(keepers: readonly Keeper[], options: UpOptions): Promise<void> {
  const { parallelism = 8, readyTimeoutMs = 30_000 } = options;
  const limit = pLimit(parallelism);
  // One failure ends the others: nothing is gained from starting what will be taken down at once.
  const failure = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, failure.signal]) : failure.signal;
  // One for each runtime that is being started, which is no leak.
  setMaxListeners(0, signal);
  const start = async (keeper: Keeper) => {
    signal.throwIfAborted();
    const { id, directory, log: name } = keeper.launch;
    await pTimeout(keeper.start(), { milliseconds: readyTimeoutMs, signal }).catch(async (error: unknown) => {
      signal.throwIfAborted();
      if (error instanceof RunError) throw error;
      const why =
        error instanceof TimeoutError
          ? `was not ready within ${readyTimeoutMs / 1000} s: ${(await keeper.whyNotReady()) ?? 'it does not say why'}`
          : `does not start: ${error instanceof Error ? error.message : String(error)}`;
      const log = path.join(directory, name);
      throw new RunError(`${id} ${why}; its log is ${log}`, { cause: error });
    });
  };
  try {
    await Promise.all(keepers.map((keeper) => limit(() => start(keeper))));
  } catch (error) {
    failure.abort(error);
    throw error;
  }
}

const listener = (gateway: LocalGateway | undefined) =>
  gateway && { onListening: gateway.listening.bind(gateway) };

/** Where a program of a run is, and what its processes can be told by. */
interface Place {
  readonly id: string;
  readonly directory: string;
  readonly endpoint: string;
  /** Variable of its environment that names this file. */
  readonly variable: string;
  readonly file: string;
}

function placesOf(plan: Plan): Place[] {
  const ids = [...plan.runtimes.map((planned) => planned.id), ...plan.purge.map(purgedRuntime)];
  const runtimes = ids.map((id) => {
    const { directory, endpoint, home } = localFiles(id);
    return { id, directory, endpoint, variable: 'COPILOT_HOME', file: home };
  });
  const { directory, endpoint, config } = GATEWAY_FILES;
  // Also without a pool: the run that was killed may have had one.
  return [...runtimes, { id: 'gateway', directory, endpoint, variable: GATEWAY_ENV.config, file: config }];
}

/** Ends what a run that was killed left behind, and forgets its endpoint. */
async function cleanUp(state: string, place: Place): Promise<boolean> {
  const file = path.join(state, place.directory, 'group');
  const group = Number(await readFile(file, 'utf8').catch(() => ''));
  const endpoint = path.join(state, place.endpoint);
  await rm(endpoint, { force: true }).catch((error: unknown) => {
    throw stateError(endpoint, error);
  });
  if (!Number.isSafeInteger(group) || group <= 1) return false;
  const ended = await endStrayGroup(group, path.join(state, place.file), undefined, place.variable);
  await rm(file, { force: true });
  return ended;
}
