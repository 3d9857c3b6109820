import { writeFileSync } from 'node:fs';
import path from 'node:path';

import { approveAll, type CopilotSession } from '@github/copilot-sdk';
import { describe, expect, it } from '@jest/globals';

import { bringUp, type DeploymentEvent } from '../../local/index.js';
import { HOST_ENV } from '../../topology/host-contract.js';
import { directive, STAND_IN_MODEL, standInGitHubToken, type Identity } from '../../topology/stand-in.js';
import { afterTest, temporaryDirectory } from '../support/cleanup.js';
import { contents } from '../support/files.js';
import { clientOf, endpointOf } from '../support/runtime-client.js';
import { planOf } from '../support/topology.js';
import { waitFor } from '../support/wait.js';

const ACME = 'tenant/acme';
const SESSION = { availableTools: [], onPermissionRequest: approveAll, model: STAND_IN_MODEL };

const loginOf = async (session: CopilotSession) => {
  const answer = await session.sendAndWait({ prompt: directive({ identify: true }) }, 20_000);
  return (JSON.parse(answer!.data.content) as Identity).login;
};

describe('a GitHub token in a file', () => {
  it.each([
    ['native', {}],
    // Its 235 MB are unpacked once for all tests, not into the state of each.
    ['cli', { COPILOT_PKG_CACHE_HOME: `${process.env.HOME}/.cache/copilot` }],
  ])(
    'is taken up by the %s runtime when the file changes; an empty file changes nothing',
    async (binary, env) => {
      const root = temporaryDirectory();
      const file = path.join(temporaryDirectory(), 'token');
      writeFileSync(file, standInGitHubToken('alice'));
      const plan = planOf({ runtime: { integrationId: 'test', binary, auth: { githubToken: { file } } } });
      const events: DeploymentEvent[] = [];
      const deployment = await bringUp(plan, {
        stateRoot: root,
        onEvent: (event) => events.push(event),
        // With a GitHub token a runtime asks the real GitHub.
        adaptLaunch: (launch) => ({
          ...launch,
          env: { ...launch.env, ...env, [HOST_ENV.standIn]: 'model,github' },
        }),
        readyTimeoutMs: 60_000,
      });
      afterTest(() => deployment.stop());
      const state = deployment.stateDirectory;
      const before = endpointOf(state, ACME)!;
      const session = await (await clientOf(state, ACME)).createSession({ ...SESSION, sessionId: 'kept' });
      expect(await loginOf(session)).toBe('alice');

      writeFileSync(file, '');
      const kept = await waitFor('word of the empty file', () =>
        events.find(({ type }) => type === 'secret-kept'),
      );
      expect(kept).toMatchObject({
        reason: expect.stringContaining('which is empty: write the value into it') as unknown,
      });
      expect(endpointOf(state, ACME)).toEqual(before);

      const fresh = standInGitHubToken('bob');
      writeFileSync(file, fresh);
      await waitFor('another runtime', () => {
        const now = endpointOf(state, ACME);
        return now !== undefined && now.port !== before.port;
      });
      // The same host, which has only replaced its runtime.
      expect(endpointOf(state, ACME)?.pid).toBe(before.pid);
      expect(events.filter(({ type }) => type === 'died')).toEqual([]);
      const resumed = await (await clientOf(state, ACME)).resumeSession('kept', SESSION);
      expect(await loginOf(resumed)).toBe('bob');
      expect(deployment.secrets).toContain(fresh);
      const elsewhere = Object.entries(contents(state)).filter(([name]) => !name.includes('/secrets/'));
      expect(elsewhere.filter(([, text]) => text.includes(fresh)).map(([name]) => name)).toEqual([]);
    },
    // The CLI starts twice, and each time takes seconds.
    60_000,
  );
});
