import { randomUUID } from 'node:crypto';

/** What the owner of a session hears when its replica went down, as a runtime would say it. */
export function lostEvent(what = 'the replica of this session went down') {
  return {
    id: randomUUID(),
    timestamp: new Date().toISOString(),
    parentId: null,
    ephemeral: true,
    type: 'session.error',
    data: {
      errorType: 'unavailable',
      message: `${what}: resume the session`,
    },
  };
}
