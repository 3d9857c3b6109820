import { setTimeout as delay } from 'node:timers/promises';

import type { CopilotClient, CopilotSession, SessionConfig } from '@github/copilot-sdk';
import pTimeout, { TimeoutError } from 'p-timeout';

import { OptionsError } from '../options.js';

import { isPolicyBlocked, PolicyBlockedError } from './policy.js';

/** Who must have started the session before it takes prompts. */
const AGENT = 'copilot-agent';

/** Between two looks at the events of a session that has not started, in milliseconds. */
const LOOK_MS = 250;

/** Settings with which runtimes create no cloud session, or which they ignore in one. */
const REFUSED: Readonly<Record<string, string>> = {
  gitHubToken: "a cloud session runs as the runtime's identity, whatever it is given",
  gitHubTokenProvider: "a cloud session runs as the runtime's identity, whatever it is given",
  includeSubAgentStreamingEvents: 'runtimes refuse cloud sessions with it',
  onPermissionRequest: 'runtimes refuse cloud sessions with it',
  provider: 'the model of a cloud session is chosen by GitHub',
  providers: 'the models of a cloud session are chosen by GitHub',
  sessionId: 'Mission Control gives a cloud session its id',
};

/** A cloud session that could not be created, for another reason than policy. */
export class CloudSessionError extends Error {
  override readonly name = 'CloudSessionError';
}

export interface CloudSessionOptions {
  readonly repository: { readonly owner: string; readonly name: string };
  /** Further settings of the session. @default - none, and no tools */
  readonly settings?: Omit<SessionConfig, 'cloud'>;
  /** Longest wait until the agent has started, in milliseconds. @default 120_000 */
  readonly startTimeoutMs?: number;
  /** Tells the refusal by policy from other errors. @default isPolicyBlocked */
  readonly policyBlocked?: (error: unknown) => boolean;
}

/**
 * Creates a cloud session and waits until its agent has started, since a prompt sent before is lost. Experimental: seen
 * with a stand-in for Mission Control, never with the real one.
 *
 * @param client of a runtime with the GitHub identity of the tenant
 * @throws {PolicyBlockedError} {@link CloudSessionError}; {@link OptionsError} for settings that runtimes refuse or
 * ignore in cloud sessions
 */
export async function createCloudSession(
  client: Pick<CopilotClient, 'createSession'>,
  options: CloudSessionOptions,
): Promise<CopilotSession> {
  const { repository, settings = {}, startTimeoutMs = 120_000, policyBlocked = isPolicyBlocked } = options;
  assertSettings(settings);
  let over = false;
  const start = async () => {
    const session = await client.createSession({
      availableTools: [],
      ...settings,
      includeSubAgentStreamingEvents: false,
      cloud: { repository: { owner: repository.owner, name: repository.name } },
    });
    try {
      while (!over && !(await agentStarted(session))) await delay(LOOK_MS);
      if (!over) return session;
    } catch (error) {
      await session.disconnect().catch(() => undefined);
      throw error;
    }
    // Nobody waits for it any more.
    await session.disconnect();
    return session;
  };
  try {
    return await pTimeout(start(), { milliseconds: startTimeoutMs });
  } catch (error) {
    over = true;
    throw failure(error, repository, { startTimeoutMs, policyBlocked });
  }
}

/** Read from the session's history, for the event may have come before anybody could listen. */
async function agentStarted(session: CopilotSession): Promise<boolean> {
  const events = await session.getEvents();
  return events.some((event) => event.type === 'session.start' && event.data.producer === AGENT);
}

function failure(
  error: unknown,
  { owner, name }: CloudSessionOptions['repository'],
  { startTimeoutMs, policyBlocked }: Required<Pick<CloudSessionOptions, 'startTimeoutMs' | 'policyBlocked'>>,
): Error {
  const repository = `${owner}/${name}`;
  if (error instanceof TimeoutError) {
    return new CloudSessionError(
      `the agent of a cloud session for ${repository} did not start within ${startTimeoutMs / 1000} s: try again later, or raise startTimeoutMs`,
    );
  }
  if (policyBlocked(error)) {
    return new PolicyBlockedError(
      `the policy of ${owner} blocks cloud sessions for ${repository}: ask its administrators, or set cloud.onPolicyBlocked: fall-back in the topology`,
      { cause: error },
    );
  }
  const why = error instanceof Error ? error.message : String(error);
  return new CloudSessionError(`no cloud session for ${repository} (${why})`, { cause: error });
}

function assertSettings(settings: object): void {
  const mistakes = Object.entries(settings).flatMap(([key, value]) =>
    REFUSED[key] === undefined || value === undefined ? [] : [`${key} cannot be used: ${REFUSED[key]}`],
  );
  if (mistakes.length > 0) throw new OptionsError(`${mistakes.join('; ')}: leave it out`);
}
