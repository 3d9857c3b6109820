import { cite, condition, existing, lastEvent, staying } from '../find.js';
import type { ReasonRule } from '../reason.js';

/** It runs but cannot serve. */
export const notReady: ReasonRule = (observation) => {
  const process = staying(observation)
    .map((instance) => instance.process)
    .find((one) => one?.state === 'running' && !one.ready);
  if (process === undefined) return undefined;
  const probe = lastEvent(observation, 'Pod', ['Unhealthy'])?.message;
  const why = process.notReady ?? process.lastLine ?? probe;
  return {
    code: 'not-ready',
    message: `it runs but is not ready: ${cite(why, 'its host has not said why')}`,
    advice: 'do what the reason says; without one, look at the log of the runtime',
    // A cold node or a full disk queue delays a start, but the same answer for a minute stays the same.
    hopelessAfterSeconds: 60,
  };
};

/** None of the known reasons: it is under way, or its controller has given up waiting. */
export const progress: ReasonRule = (observation) => {
  const { state, workload } = observation;
  if (state !== 'active' || workload === undefined) return undefined;
  const leaving = existing(observation).filter((instance) => instance.leaving);
  if (leaving.length > 0) {
    return {
      code: 'progress',
      message: `its earlier pod ${leaving.map(({ name }) => name).join(', ')} is still stopping`,
      advice: 'wait until its grace period is over',
    };
  }
  if (staying(observation).length > workload.wanted) {
    return {
      code: 'progress',
      message: `there are ${staying(observation).length} pods instead of ${workload.wanted}: ${staying(
        observation,
      )
        .map(({ name }) => name)
        .join(', ')}`,
      advice: 'delete those that are not part of the deployment: a home has one writer',
    };
  }
  const stalled = condition(workload.conditions, 'Progressing', false);
  return {
    code: 'progress',
    message: stalled ? `it makes no progress: ${cite(stalled.message)}` : 'it is being started',
    advice: stalled ? 'look at the events of its namespace' : 'wait',
    ...(stalled && { hopelessAfterSeconds: 0 }),
  };
};
