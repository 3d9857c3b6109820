import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { SESSIONS_FOLDER } from './session-folders.js';

/** How a turn ended. `lost`: its client, or the runtime, went away. */
export const OUTCOMES = ['completed', 'failed', 'aborted', 'lost'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** What is read of a history, from its end. */
const TAIL_BYTES = 64 * 1024;

/** How the last turn of a session ended, by the types of the events in its history; nothing else of them is looked at. */
export async function outcomeOf(home: string, session: string): Promise<Outcome> {
  const lines = (await tailOf(join(home, SESSIONS_FOLDER, session, 'events.jsonl'))).split('\n');
  const types = lines.map(typeOf);
  const turn = types.slice(types.lastIndexOf('user.message') + 1);
  if (turn.includes('session.error')) return 'failed';
  if (turn.includes('abort')) return 'aborted';
  // A turn with tools has a start and an end for each answer of the model.
  return turn.lastIndexOf('assistant.turn_end') > turn.lastIndexOf('assistant.turn_start')
    ? 'completed'
    : 'lost';
}

function typeOf(line: string): string | undefined {
  try {
    return (JSON.parse(line) as { type?: string }).type;
  } catch {
    // The first line of a tail is half of one, the last one may still be written.
    return undefined;
  }
}

/** The last part of a file; nothing when there is none. */
async function tailOf(path: string): Promise<string> {
  const file = await open(path).catch(() => undefined);
  if (!file) return '';
  try {
    const { size } = await file.stat();
    const buffer = Buffer.alloc(Math.min(size, TAIL_BYTES));
    await file.read(buffer, 0, buffer.length, size - buffer.length);
    return buffer.toString('utf8');
  } finally {
    await file.close();
  }
}
