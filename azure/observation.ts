import {
  PROVISIONED,
  type Condition,
  type Happening,
  type Instance,
  type Observation,
  type Process,
  type Workload,
} from '../diagnosis/index.js';

import type { ContainerState, Group, GroupEvent } from './group.js';
import { same } from './resource-id.js';
import type { Subject } from './subjects.js';

/** What was asked about a group besides itself. */
export interface Surroundings {
  /** Addresses that its record leads to. */
  readonly addresses: readonly string[];
  /** GiB of its share; undefined when the share is gone. */
  readonly shareGiB?: number | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** After a readiness probe has failed, how long nothing more may be heard of it until it counts as passed. */
const PROBES_MS = 30_000;

/** States of an operation on a group that is over, for better or worse. */
const OVER = ['Succeeded', 'Failed'];

/** What a group looks like, before its containers are asked for their words. */
export function observation(
  { runtime, state, group: expected, host }: Subject,
  group: Group | undefined,
  around: Surroundings,
): Observation {
  const { share } = expected;
  const common = {
    runtime,
    state,
    ...(share && {
      volume: {
        name: share.name,
        phase: around.shareGiB === undefined ? 'Lost' : 'Bound',
        ...(around.shareGiB !== undefined && { capacity: `${around.shareGiB} GiB` }),
      },
    }),
  };
  if (!group) return { ...common, instances: [], events: [] };
  const { name, properties } = group;
  const stopped = properties.instanceView?.state === 'Stopped';
  const process = processOf(group, host, around);
  const instance: Instance = {
    name,
    leaving: false,
    conditions: [],
    ...sinceOf(group),
    ...(process && { process }),
  };
  const updated = process !== undefined && same(process.image, expected.image) ? 1 : 0;
  const workload: Workload = {
    observed: OVER.includes(properties.provisioningState ?? 'Succeeded'),
    wanted: stopped ? 0 : 1,
    updated,
    ready: updated === 1 && process?.ready ? 1 : 0,
    conditions: provisioned(properties.provisioningState),
  };
  return { ...common, workload, instances: stopped ? [] : [instance], events: eventsOf(group) };
}

function provisioned(provisioningState = 'Succeeded'): Condition[] {
  return [{ type: PROVISIONED, status: provisioningState === 'Succeeded', reason: provisioningState }];
}

function sinceOf({ properties: { containers } }: Group): { since?: number } {
  const { startTime } = containers[0]?.properties.instanceView?.currentState ?? {};
  return startTime === undefined ? {} : { since: Date.parse(startTime) };
}

/** The one container of a group. */
function processOf(group: Group, host: string, { addresses, now }: Surroundings): Process | undefined {
  const container = group.properties.containers[0];
  if (!container) return undefined;
  const { image, instanceView = {} } = container.properties;
  const { restartCount = 0, currentState = {}, previousState, events = [] } = instanceView;
  const running = currentState.state === 'Running';
  const address = group.properties.ipAddress?.ip;
  const leadsHere = address !== undefined && addresses.includes(address);
  const last = endOf(currentState) ?? endOf(previousState);
  return {
    image,
    restarts: restartCount,
    state: running ? 'running' : currentState.state === 'Terminated' ? 'ended' : 'waiting',
    ready: running && leadsHere && !failsProbes(events, now),
    ...(currentState.detailStatus && { reason: currentState.detailStatus }),
    ...(last && { lastEnd: last }),
    ...(running && !leadsHere && { notReady: astray(host, addresses, address) }),
  };
}

const astray = (host: string, addresses: readonly string[], address: string | undefined) =>
  `${host} leads to ${addresses.join(', ') || 'no address'}, and its group has ${address ?? 'none'}: its host has not written the record yet`;

function endOf(state: ContainerState | undefined) {
  if (state?.state !== 'Terminated') return undefined;
  const { exitCode, detailStatus } = state;
  return {
    ...(exitCode !== undefined && { exitCode }),
    ...(detailStatus && { reason: detailStatus }),
  };
}

/** Azure shows no state of the readiness probe, only an event for each failure. */
function failsProbes(events: readonly GroupEvent[], now: number): boolean {
  return events.some(
    ({ name, lastTimestamp }) => name === 'Unhealthy' && now - timeOf(lastTimestamp) < PROBES_MS,
  );
}

function eventsOf({ properties: { instanceView, containers } }: Group): Happening[] {
  const of = (about: string, events: readonly GroupEvent[] = []) =>
    events.map(({ name = '', message = '', lastTimestamp }) => ({
      about,
      reason: name,
      message,
      at: timeOf(lastTimestamp),
    }));
  return [
    ...of('ContainerGroup', instanceView?.events),
    ...containers.flatMap(({ properties }) => of('Container', properties.instanceView?.events)),
  ].sort((a, b) => a.at - b.at);
}

const timeOf = (text: string | undefined) => (text === undefined ? 0 : Date.parse(text));
