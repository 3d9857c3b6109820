import { writeFile } from 'node:fs/promises';
import path from 'node:path';

import type { CopilotSession, SessionConfig } from '@github/copilot-sdk';

import { RuntimeClient } from '../../../client/index.js';
import { HOST_ENV, SECRET_FILES } from '../../../topology/index.js';
import { standInGitHubToken } from '../../../topology/stand-in.js';
import { DEDICATED, launchOf, throughProxy, type Sabotage } from '../sabotage.js';
import { like, withClient } from '../target.js';

const SERVICE = standInGitHubToken('service');
const INTEGRATION_ID = 'GITHUB_COPILOT_INTEGRATION_ID';

class FirstIdentity extends RuntimeClient {
  #first: string | undefined;
  override createSession(config: SessionConfig): Promise<CopilotSession> {
    this.#first ??= config.gitHubToken;
    return super.createSession(
      config.gitHubToken === undefined ? config : { ...config, gitHubToken: this.#first },
    );
  }
}

/** Helps sessions out that have neither a provider nor a token. */
class ServiceIdentity extends RuntimeClient {
  override createSession(config: SessionConfig): Promise<CopilotSession> {
    const { provider, gitHubToken } = config;
    return super.createSession(
      provider || gitHubToken !== undefined ? config : { ...config, gitHubToken: SERVICE },
    );
  }
}

export const identities: readonly Sabotage[] = [
  {
    id: 'first-identity-wins',
    breaks: 'A client keeps the first GitHub token that it was given, and uses it for every later user.',
    caughtBy: 'identity-per-session',
    target: ({ target }) => withClient(target, (options) => new FirstIdentity(options)),
  },
  {
    id: 'cached-model-list',
    breaks: 'A client keeps the model list of the first user, and shows it to every later one.',
    caughtBy: 'identity-per-session',
    target: ({ target }) =>
      like(target, {
        async connect(options) {
          const client = await target.connect(options);
          const { models } = client.rpc;
          let first: ReturnType<typeof models.list> | undefined;
          const list: typeof models.list = (params) => (first ??= models.list(params));
          Object.defineProperty(client, 'rpc', { value: { ...client.rpc, models: { ...models, list } } });
          return client;
        },
      }),
  },
  {
    id: 'process-identity',
    breaks: 'A runtime process was given a GitHub token: sessions without one run as the service.',
    caughtBy: 'identity-not-inherited',
    launch: launchOf(DEDICATED, async ({ env }) => {
      await writeFile(path.join(env[HOST_ENV.secretsDir]!, SECRET_FILES.githubToken), SERVICE);
      return {};
    }),
  },
  {
    id: 'service-identity-in-client',
    breaks: 'A client gives sessions that bring no GitHub token the one of the service.',
    caughtBy: 'identity-not-inherited',
    target: ({ target }) => withClient(target, (options) => new ServiceIdentity(options)),
  },
  {
    id: 'no-integration-id',
    breaks: 'A runtime has no integration ID: it tells GitHub the SDK’s default.',
    caughtBy: 'integration-id',
    launch: launchOf(DEDICATED, ({ env }) => {
      const { [INTEGRATION_ID]: _, ...rest } = env;
      return { env: rest };
    }),
  },
  {
    id: 'integration-id-stripped',
    breaks: 'A proxy on the way to GitHub drops the header with the integration ID.',
    caughtBy: 'integration-id',
    launch: launchOf(
      DEDICATED,
      throughProxy('COPILOT_API_URL', ({ headers, ...request }, pass) => {
        const { 'copilot-integration-id': _, ...rest } = headers;
        return pass({ ...request, headers: rest });
      }),
    ),
  },
];
