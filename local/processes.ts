import { execFile } from 'node:child_process';
import { readdir, readFile, realpath } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

/** Variable that says which home a runtime has. */
const HOME = 'COPILOT_HOME';

/** Places in {@link statFields}: fields 3, 5 and 22 (clock ticks since boot) of proc(5). */
const STATE = 0;
const GROUP = 2;
const START_TIME = 19;

/** What follows the command in `/proc/<pid>/stat`; the command itself may contain blanks. */
const statFields = (stat: string) => stat.slice(stat.lastIndexOf(')') + 2).split(' ');

/** Whether a process, or with a negative id a process group, exists. */
export function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * When a process started, as an opaque text that no other process of the same id has; undefined when there is
 * no such process, or only what its parent has not yet taken note of (a zombie).
 */
export async function startMark(pid: number): Promise<string | undefined> {
  try {
    if (process.platform === 'linux') {
      const fields = statFields(await readFile(`/proc/${pid}/stat`, 'utf8'));
      return fields[STATE] === 'Z' ? undefined : fields[START_TIME];
    }
    const { stdout } = await promisify(execFile)('ps', ['-o', 'lstart=', '-p', String(pid)]);
    return stdout.trim() || undefined;
  } catch {
    return undefined;
  }
}

/** Sends a signal to every process of a group; a group that is gone is no error. */
export function signalGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/**
 * Ends a process group that a crashed run left behind: SIGTERM, then SIGKILL after `graceMs`.
 *
 * @param file home of the runtime, or what else the variable of its environment names
 * @returns whether there was anything to end
 */
export async function endStrayGroup(
  group: number,
  file: string,
  graceMs = 3000,
  variable = HOME,
): Promise<boolean> {
  if (!exists(-group) || !(await belongsTo(group, variable, file))) return false;
  signalGroup(group, 'SIGTERM');
  const deadline = Date.now() + graceMs;
  // A process that is not our child gives no exit event: looking is the only way.
  while (exists(-group) && Date.now() < deadline) await delay(25);
  signalGroup(group, 'SIGKILL');
  return true;
}

/**
 * Whether a group still is the runtime of a home, and not another program that got the same number since. Only
 * Linux lets us look into the environment of a process; elsewhere the number must do.
 */
async function belongsTo(group: number, variable: string, file: string): Promise<boolean> {
  if (process.platform !== 'linux') return true;
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    try {
      const fields = statFields(await readFile(`/proc/${pid}/stat`, 'utf8'));
      if (Number(fields[GROUP]) !== group) continue;
      const environment = (await readFile(`/proc/${pid}/environ`, 'utf8')).split('\0');
      const own = environment.find((line) => line.startsWith(`${variable}=`))?.slice(variable.length + 1);
      // The run that was killed may have come to the same directory by another path.
      if (own !== undefined && (own === file || (await realpath(own)) === (await realpath(file))))
        return true;
    } catch {
      // Ended while we looked, or somebody else's.
    }
  }
  return false;
}
