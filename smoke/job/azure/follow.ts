import { setTimeout as delay } from 'node:timers/promises';

import { AzureError } from '../../../azure/errors.js';
import type { Group } from '../../../azure/group.js';
import type { Report } from '../../model.js';
import { groupTrouble } from '../../targets/azure/group.js';
import { GROUPS_API, logOf } from '../../targets/azure/view.js';
import { eventsOf, lastWords, reportIn } from '../output.js';

import type { GroupRun } from './group-run.js';
import { CONTAINER } from './group.js';

/** How long a group may take to get a machine, to pull its image and to start. */
const STARTED_WITHIN_MS = 600_000;
const POLL_MS = 1000;

/**
 * Watches a container group to its end, asking again and again.
 *
 * @throws {AzureError} when it does not start, vanishes or ends without a report
 */
export async function followGroup(run: GroupRun, id: string): Promise<Report> {
  const { arm, signal } = run;
  const deadline = Date.now() + STARTED_WITHIN_MS;
  const call = { apiVersion: GROUPS_API, ...(signal && { signal }) };
  let done = 0;
  for (;;) {
    const group = await arm.find<Group>(id, call);
    if (!group)
      throw new AzureError('the container group of the suite is gone: somebody deleted it; run it again');
    const { state } = stateOf(group);
    if (state === 'Terminated') return reportOf(group, await logOf(arm, id, CONTAINER));
    if (state === 'Running') {
      const last = eventsOf(await logOf(arm, id, CONTAINER, 1).catch(() => '')).at(-1);
      if (last?.type === 'progress' && last.done > done) {
        done = last.done;
        run.onProgress?.(last);
      }
    } else if (Date.now() > deadline || isHopeless(group)) {
      throw new AzureError(`the suite does not start: ${groupTrouble(group)}`);
    }
    await delay(POLL_MS, undefined, { ...(signal && { signal }) }).catch(() => undefined);
    signal?.throwIfAborted();
  }
}

const stateOf = ({ properties }: Group) =>
  properties.containers[0]?.properties.instanceView?.currentState ?? {};

/** What a container waits for in vain. */
function isHopeless(group: Group): boolean {
  const { detailStatus = '' } = stateOf(group);
  return /ImagePullBackOff|ErrImagePull|InvalidImageName|FailedMount/.test(detailStatus);
}

function reportOf(group: Group, log: string): Report {
  const report = reportIn(log);
  if (report) return report;
  throw new AzureError(
    [`the suite ended without a report: ${groupTrouble(group)}`, ...lastWords(log)].join('\n'),
  );
}
