import { unwatchFile, watchFile } from 'node:fs';
import path from 'node:path';

import { localFiles, type Plan } from '../topology/index.js';

import { readGivenSecrets, type GivenSecrets } from './secrets.js';
import { writeState } from './state.js';

/** Between two looks at a file, in milliseconds: it may be written in place, moved there or behind a link. */
const LOOK_EVERY_MS = 1000;

export interface FollowProps {
  readonly plan: Plan;
  /** State directory of the run. */
  readonly state: string;
  /** What the runtimes were started with. */
  readonly given: Awaited<ReturnType<typeof readGivenSecrets>>;
  readonly env: NodeJS.ProcessEnv;
  readonly source?: string | undefined;
  /** Told each new value before it is written, for whoever must keep it out of logs. */
  readonly onValue: (value: string) => void;
  /** Told why a file cannot be used; the values in force stay. */
  readonly onProblem: (reason: string) => void;
}

/**
 * Follows the files that a topology names for GitHub tokens and provider keys. A runtime host replaces its runtime when
 * the token has changed, and clients read the key when they connect.
 *
 * @returns ends it
 */
export function followGivenSecrets(props: FollowProps): () => void {
  const { plan, state, env, source, onProblem } = props;
  let { given } = props;
  const write = async (file: string, before: string | undefined, now: string | undefined) => {
    if (now === undefined || now === before) return;
    props.onValue(now);
    await writeState(path.join(state, file), now);
  };
  const look = async () => {
    const read = await readGivenSecrets(plan, env, source);
    for (const [id, now] of read) {
      const before: GivenSecrets = given.get(id) ?? {};
      const files = localFiles(id);
      await write(files.githubToken, before.githubToken, now.githubToken);
      await write(files.providerKey, before.providerKey, now.providerKey);
    }
    given = read;
  };
  let looking = Promise.resolve();
  const changed = () => {
    looking = looking.then(look).catch((error: unknown) => onProblem((error as Error).message));
  };
  const files = new Set(
    plan.runtimes
      .filter((planned) => planned.state === 'active')
      .flatMap(({ githubToken, provider }) => [githubToken?.file, provider?.apiKey?.file])
      .filter((file) => file !== undefined),
  );
  for (const file of files) watchFile(file, { interval: LOOK_EVERY_MS, persistent: false }, changed);
  return () => files.forEach((file) => unwatchFile(file, changed));
}
