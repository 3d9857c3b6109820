import {
  CopilotClient,
  RuntimeConnection,
  type CopilotClientOptions,
  type CopilotSession,
  type ResumeSessionConfig,
  type SessionConfig,
  type Tool,
} from '@github/copilot-sdk';

import { assertAllowlist, RuntimeClient, type ConnectOptions } from '../../../client/index.js';
import type { Sabotage } from '../sabotage.js';
import { withClient } from '../target.js';

/** A client of the plain SDK. */
function plain(
  { address, connectionToken }: ConnectOptions,
  mode: 'empty' | 'copilot-cli',
): CopilotClientOptions {
  const options = connectionToken === undefined ? {} : { connectionToken };
  return { mode, connection: RuntimeConnection.forUri(address, options) };
}

/** In default mode, and without an allowlist on what it creates or resumes. */
class DefaultMode extends CopilotClient {
  constructor(
    options: ConnectOptions,
    private readonly forgets: 'create' | 'resume',
  ) {
    super(plain(options, 'copilot-cli'));
  }
  override async createSession(config: SessionConfig): Promise<CopilotSession> {
    assertAllowlist(config.availableTools);
    return super.createSession(this.forgets === 'create' ? withoutAllowlist(config) : config);
  }
  override async resumeSession(id: string, config: ResumeSessionConfig): Promise<CopilotSession> {
    assertAllowlist(config.availableTools);
    return super.resumeSession(id, this.forgets === 'resume' ? withoutAllowlist(config) : config);
  }
}

function withoutAllowlist<T extends { availableTools?: unknown }>(config: T): T {
  return { ...config, availableTools: undefined };
}

class ToolsForAll extends RuntimeClient {
  readonly #tools: Tool[] = [];
  override createSession(config: SessionConfig): Promise<CopilotSession> {
    this.#tools.push(...((config.tools ?? []) as Tool[]));
    return super.createSession({ ...config, tools: this.#tools });
  }
}

class UncheckedResume extends RuntimeClient {
  override resumeSession(id: string, config: ResumeSessionConfig): Promise<CopilotSession> {
    return CopilotClient.prototype.resumeSession.call(this, id, config);
  }
}

export const tools: readonly Sabotage[] = [
  {
    id: 'default-mode',
    breaks: 'A client connects in the SDK’s default mode and forgets the allowlist: the model has a shell.',
    caughtBy: 'model-without-host',
    also: ['reachable'],
    target: ({ target }) => withClient(target, (options) => new DefaultMode(options, 'create')),
  },
  {
    id: 'allowlist-lost-on-resume',
    breaks:
      'A client in default mode gives the allowlist when it creates a session, but not when it resumes one.',
    caughtBy: 'model-without-host',
    also: ['session-of-another', 'history-after-disconnect'],
    target: ({ target }) => withClient(target, (options) => new DefaultMode(options, 'resume')),
  },
  {
    id: 'tools-on-all-sessions',
    breaks: 'A client registers every tool on every session from then on.',
    caughtBy: 'tool-of-another',
    target: ({ target }) => withClient(target, (options) => new ToolsForAll(options)),
  },
  {
    id: 'unchecked-allowlist',
    breaks: 'An application uses the SDK’s own client, which accepts typos in allowlists.',
    caughtBy: 'allowlist-typo',
    target: ({ target }) => withClient(target, (options) => new CopilotClient(plain(options, 'empty'))),
  },
  {
    id: 'unchecked-allowlist-on-resume',
    breaks: 'A client checks allowlists when it creates a session, but not when it resumes one.',
    caughtBy: 'allowlist-typo',
    target: ({ target }) => withClient(target, (options) => new UncheckedResume(options)),
  },
];
