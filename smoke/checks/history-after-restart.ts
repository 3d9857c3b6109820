import type { Check } from '../model.js';

import { expectRecalled, leaveMark } from './history.js';
import { killRuntime, restartDeadline } from './restart.js';

export const historyAfterRestart: Check = {
  id: 'history-after-restart',
  why: 'State outlives the process, the pod and the container group: a runtime that dies comes back by itself, with every conversation.',
  scope: 'runtime',
  disruptive: true,
  maySkipOn: [],
  deadlineMs: restartDeadline,
  async run(bench, { from }) {
    const session = await bench.session(from);
    const mark = await leaveMark(bench, session);
    const back = await killRuntime(bench, from);
    await back();
    await expectRecalled(bench, from, session.sessionId, mark, 'a restart');
    return undefined;
  },
};
