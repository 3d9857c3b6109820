import { readFile, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { errorCode } from './errors.js';

/**
 * Gives a session that rests another id: a runtime refuses one whose files name another than its folder. Only what the
 * runtime itself has written of the session is changed, never what was said in it.
 */
export async function renameSession(folder: string, from: string, to: string): Promise<void> {
  await rewrite(path.join(folder, 'workspace.yaml'), (text) =>
    text.replace(/^id: .*$/m, (line) => (line === `id: ${from}` ? `id: ${to}` : line)),
  );
  await rewrite(path.join(folder, 'events.jsonl'), (text) =>
    text
      .split('\n')
      .map((line) => (line.includes(from) ? renameEvent(line, from, to) : line))
      .join('\n'),
  );
}

/** Events about the session itself have its id in various places, and no text of anybody. */
function renameEvent(line: string, from: string, to: string): string {
  const event = JSON.parse(line) as { type?: string };
  if (!event.type?.startsWith('session.')) return line;
  return JSON.stringify(event, (_key, value: unknown) => (value === from ? to : value));
}

async function rewrite(file: string, change: (text: string) => string): Promise<void> {
  try {
    const { atime, mtime } = await stat(file);
    await writeFile(file, change(await readFile(file, 'utf8')));
    await utimes(file, atime, mtime);
  } catch (error) {
    // A session that was never prompted has no history.
    if (errorCode(error) !== 'ENOENT') throw error;
  }
}
