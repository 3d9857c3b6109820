import { z } from 'zod';

import { describedSession, sessionId } from './contents.js';

/**
 * The stream of sessions between two stores is a tar: the files of a session as `files/<id>/<path>`, and after them an
 * entry that says what they must be, or that they are not to be used. A stream without its last entry was interrupted.
 */
export const WIRE = {
  files: 'files/',
  /** The session that the files before it belong to is complete. */
  session: 'session.json',
  /** Something changed in it meanwhile, or it went: forget the files before this. */
  forget: 'forget.json',
  /** There are no more. */
  end: 'end.json',
} as const;

export const sessionEntry = describedSession.extend({ storedAs: sessionId });
export const forgetEntry = z.strictObject({ storedAs: sessionId });
export const endEntry = z.strictObject({ sessions: z.int().min(0) });

/** A session on its way, under the id that its runtime has for it. */
export type SentSession = z.output<typeof sessionEntry>;
