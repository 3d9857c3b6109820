import type { CopilotClient } from '@github/copilot-sdk';

/** Tries to see a session; says what it got, or nothing when the session is unknown to whom was asked. */
type Look = (client: CopilotClient, sessionId: string) => Promise<string | undefined>;

/** The ways to see a session of somebody else, each on its own: one that is not in the list may still be readable. */
export const LOOKS: Readonly<Record<'list' | 'describe' | 'read', Look>> = {
  list: async (client, id) => {
    // The gateway puts the tenant before the ids of its sessions, which is how a replica has them.
    const seen = (await client.listSessions()).find(({ sessionId }) => sessionId.endsWith(id));
    return seen && `it is in the list${seen.summary ? ', with its first prompt' : ''}`;
  },
  describe: async (client, id) =>
    (await client.getSessionMetadata(id)) === undefined ? undefined : 'its metadata came back',
  read: async (client, id) => {
    const { events } = await client.rpc.sessions
      .readPersistedEvents({ sessionId: id })
      .catch(unknown('journal is unavailable', NONE))
      .catch(unknown('not allowed through the gateway', NONE));
    return events.length === 0 ? undefined : `${events.length} events came back`;
  },
};

const NONE: { events: readonly unknown[] } = { events: [] };

/** Lets the one error pass that says that the session is unknown there, or that nobody may ask. */
export function unknown<T = undefined>(text: string, value?: T) {
  return (error: unknown): T => {
    if (error instanceof Error && error.message.includes(text)) return value as T;
    throw error;
  };
}
