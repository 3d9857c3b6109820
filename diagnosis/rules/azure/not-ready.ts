import { cite, staying } from '../../find.js';
import type { ReasonRule } from '../../reason.js';

import { lastWarning } from './events.js';

/** A new role takes up to ten minutes until a vault knows it, and the host waits as long. */
const ROLES_SPREAD_SECONDS = 600;

/** It runs but cannot serve, or cannot be found. */
export const notReady: ReasonRule = (observation) => {
  const process = staying(observation)
    .map((instance) => instance.process)
    .find((one) => one?.state === 'running' && !one.ready);
  if (process === undefined) return undefined;
  const probe = lastWarning(observation, /^Unhealthy /)?.message;
  const why = process.lastLine ?? process.notReady ?? probe;
  return {
    code: 'not-ready',
    message: `it runs but is not ready: ${cite(why, 'its host has not said why')}`,
    advice: 'do what the reason says; without one, look at the log ("az container logs")',
    hopelessAfterSeconds: /\brole\b/i.test(why ?? '') ? ROLES_SPREAD_SECONDS : 120,
  };
};

/** Its sessions are on a share that is gone. */
export const volume: ReasonRule = ({ volume: share }) =>
  share?.phase === 'Lost'
    ? {
        code: 'volume',
        message: `the file share ${share.name} is gone`,
        advice:
          'restore it while Azure keeps it ("az storage share-rm restore"); deploying again makes an empty one',
        hopelessAfterSeconds: 0,
      }
    : undefined;
