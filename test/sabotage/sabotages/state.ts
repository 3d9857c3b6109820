import { chmod, mkdir } from 'node:fs/promises';
import path from 'node:path';

import type { CopilotSession, ResumeSessionConfig, SessionConfig } from '@github/copilot-sdk';

import { assertAllowlist, RuntimeClient } from '../../../client/index.js';
import type { Launch } from '../../../local/index.js';
import { HOST_ENV, localFiles } from '../../../topology/index.js';
import { DEDICATED, launchOf, REPLICA, type Sabotage } from '../sabotage.js';
import { withClient } from '../target.js';

class DeleteOnDisconnect extends RuntimeClient {
  override async createSession(config: SessionConfig): Promise<CopilotSession> {
    const session = await super.createSession(config);
    session.disconnect = () => this.deleteSession(session.sessionId);
    return session;
  }
}

class ResumeAfresh extends RuntimeClient {
  override async resumeSession(id: string, config: ResumeSessionConfig): Promise<CopilotSession> {
    assertAllowlist(config.availableTools);
    await this.deleteSession(id);
    return this.createSession({ ...config, sessionId: id });
  }
}

/** Runs shell commands around the host, which is `"$@"`. */
function inShell(script: string): (launch: Launch) => Partial<Launch> {
  return ({ command, args }) => ({ command: '/bin/sh', args: ['-c', script, 'sh', command, ...args] });
}

/** Has the runtime write its telemetry, prompts included, into this file. */
const telemetryInto = (file: (launch: Launch) => string) =>
  launchOf(DEDICATED, (launch) => ({
    env: {
      ...launch.env,
      COPILOT_OTEL_FILE_EXPORTER_PATH: file(launch),
      OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: 'true',
    },
  }));

export const state: readonly Sabotage[] = [
  {
    id: 'delete-on-disconnect',
    breaks: 'A client deletes its sessions where it should disconnect from them.',
    caughtBy: 'history-after-disconnect',
    also: ['model-without-host'],
    target: ({ target }) => withClient(target, (options) => new DeleteOnDisconnect(options)),
  },
  {
    id: 'resume-afresh',
    breaks: 'A client starts a new session under the same id where it should resume.',
    caughtBy: 'history-after-disconnect',
    also: ['idle-session-ends', 'history-after-restart'],
    target: ({ target }) => withClient(target, (options) => new ResumeAfresh(options)),
  },
  {
    id: 'home-wiped-at-start',
    breaks: 'The home is empty after each start, for it lies on no volume.',
    caughtBy: 'history-after-restart',
    launch: launchOf(DEDICATED, inShell('rm -rf "$COPILOT_HOME/session-state"; exec "$@"')),
  },
  {
    id: 'saved-at-orderly-stop',
    breaks:
      'The home lies on no volume, and is copied to a safe place only when the runtime is stopped in good order.',
    caughtBy: 'history-after-restart',
    launch: launchOf(
      DEDICATED,
      inShell(
        `rm -rf "$COPILOT_HOME"; cp -Rp "$HOME/saved" "$COPILOT_HOME" 2>/dev/null
trap 'kill -TERM $host' TERM; "$@" & host=$!; wait $host; wait $host; end=$?
[ $end -gt 128 ] || cp -Rp "$COPILOT_HOME" "$HOME/saved"; exit $end`,
      ),
    ),
  },
  {
    id: 'nobody-restarts-it',
    breaks: 'Nothing starts a runtime again that has died.',
    caughtBy: 'history-after-restart',
    also: ['pool-history-after-restart'],
    slow: true,
    restarts: false,
  },
  {
    id: 'home-elsewhere',
    breaks: 'The home of a runtime lies somewhere else than planned, beside the volume.',
    caughtBy: 'state-in-place',
    launch: launchOf(DEDICATED, ({ env, directory }) => ({
      env: { ...env, [HOST_ENV.home]: path.join(directory, 'elsewhere') },
    })),
  },
  {
    id: 'one-temporary-directory',
    breaks: 'Two runtimes share a temporary directory, into which the runtime writes long outputs of tools.',
    caughtBy: 'state-in-place',
    launch: async (launch) => {
      const shared = path.resolve(launch.directory, '../..', 'shared-tmp');
      await mkdir(shared, { recursive: true, mode: 0o700 });
      return { ...launch, env: { ...launch.env, TMPDIR: shared } };
    },
  },
  {
    id: 'telemetry-with-prompts',
    breaks: 'Telemetry writes prompts and replies into a file beside the home.',
    caughtBy: 'state-in-place',
    launch: telemetryInto(({ directory }) => path.join(directory, 'telemetry.jsonl')),
  },
  {
    id: 'open-home',
    breaks: 'A home can be read by every user of the machine.',
    caughtBy: 'state-private',
    afterUp: ({ directory }) => chmod(path.join(directory, localFiles(REPLICA).home), 0o755),
  },
];
