import { randomUUID } from 'node:crypto';

/** What the owner of a session hears when its replica went down, as a runtime would say it. */
export function lostEvent() {
  return {
    id: randomUUID(),
    timestamp: new Date().toISOString(),
    parentId: null,
    ephemeral: true,
    type: 'session.error',
    data: {
      errorType: 'unavailable',
      message: 'the replica of this session went down: resume the session',
    },
  };
}
