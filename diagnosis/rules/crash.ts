import { cite, staying } from '../find.js';
import type { Observation } from '../observation.js';
import type { ReasonRule } from '../reason.js';

/** A process that has ended by itself; one that runs again is the same, as long as it does not get ready. */
function ended(observation: Observation) {
  return staying(observation)
    .map(({ process }) => process)
    .find(
      (process) =>
        process?.lastEnd !== undefined &&
        !process.ready &&
        // With 0 a running one was restarted by the platform, since it did not get ready.
        (process.state !== 'running' || process.lastEnd.exitCode !== 0),
    );
}

export const outOfMemory: ReasonRule = (observation) => {
  const process = ended(observation);
  if (process?.lastEnd?.reason !== 'OOMKilled') return undefined;
  return {
    code: 'out-of-memory',
    message: `it was killed for want of memory, ${process.restarts} restarts so far`,
    advice: 'raise resources.memoryMiB',
    hopelessAfterSeconds: 30,
  };
};

/** The host ends again and again; its own last words say why. */
export const crash: ReasonRule = (observation) => {
  const process = ended(observation);
  if (process === undefined || process.lastEnd?.reason === 'OOMKilled') return undefined;
  const { exitCode } = process.lastEnd ?? {};
  return {
    code: 'crash',
    message: `its host ends with exit code ${exitCode ?? '?'}, ${process.restarts} restarts so far: ${cite(process.lastLine ?? process.message, 'it has logged nothing')}`,
    advice: 'do what its last message says; all of it is in the log of the runtime',
    hopelessAfterSeconds: 20,
  };
};
