import { describe, expect, it } from '@jest/globals';

import {
  CloudSessionError,
  createCloudSession,
  isPolicyBlocked,
  localResolver,
  openWorkload,
  OptionsError,
  PolicyBlockedError,
  routeWorkload,
  type OpenWorkloadOptions,
  type Workload,
} from '../../client/index.js';
import { bringUp } from '../../local/index.js';
import { manifestOf } from '../../topology/index.js';
import { POLICY_BLOCKED_OWNER, standInGitHubToken, type Identity } from '../../topology/stand-in.js';
import { afterTest, temporaryDirectory } from '../support/cleanup.js';
import { ask, sessionConfig } from '../support/runtime-client.js';
import { planOf } from '../support/topology.js';

const ACME = 'tenant/acme';

const plan = (owner = 'acme', onPolicyBlocked = 'fail') =>
  planOf({
    smoke: { standIn: { github: true, missionControl: true } },
    tenants: { acme: { auth: { githubToken: { env: 'ACME_TOKEN' } } }, globex: { state: 'suspended' } },
    cloud: { repository: { owner, name: 'app' }, tenants: ['acme'], onPolicyBlocked },
  });

/** A tenant with cloud sessions at the stand-ins for GitHub and Mission Control, behind a real runtime. */
async function start(...settings: Parameters<typeof plan>) {
  const planned = plan(...settings);
  const {
    stateDirectory: state,
    manifestFile,
    stop,
  } = await bringUp(planned, {
    stateRoot: temporaryDirectory(),
    env: { ACME_TOKEN: standInGitHubToken('acme-bot') },
  });
  afterTest(stop);
  const manifest = manifestOf(planned);
  const resolve = localResolver(manifestFile);
  const asked: string[] = [];
  const options: OpenWorkloadOptions = {
    settings: sessionConfig(state, ACME),
    resolve: {
      ...resolve,
      address: (endpoint) => {
        asked.push(JSON.stringify(endpoint));
        return resolve.address(endpoint);
      },
    },
  };
  const open = async (workload: Workload, more: Partial<OpenWorkloadOptions> = {}) => {
    const opened = await openWorkload(manifest, 'acme', workload, { ...options, ...more });
    afterTest(() => opened.close());
    return opened;
  };
  return { open, asked };
}

describe('the route of a piece of work', () => {
  it('is the cloud for heavy work of a tenant that has it, and the tenant for all else', () => {
    const manifest = manifestOf(plan());
    const { repository, onPolicyBlocked, runtime } = manifest.cloud!.acme!;
    expect(routeWorkload(manifest, 'acme', 'heavy')).toEqual({
      to: 'cloud',
      repository,
      onPolicyBlocked,
      runtime,
    });
    expect(routeWorkload(manifest, 'acme', 'light')).toEqual({ to: 'tenant' });
    expect(routeWorkload(manifest, 'globex', 'heavy')).toEqual({ to: 'tenant' });
    expect(routeWorkload(manifest, 'constructor', 'heavy')).toEqual({ to: 'tenant' });
    expect(routeWorkload(manifestOf(planOf()), 'acme', 'heavy')).toEqual({ to: 'tenant' });
  });
});

describe('heavy work, through a real runtime and a stand-in Mission Control', () => {
  it('goes to a cloud session that has started, as the identity of the tenant', async () => {
    const { open, asked } = await start();
    const { session, on, fellBack } = await open('heavy');
    expect([on, fellBack]).toEqual(['cloud', undefined]);
    expect(asked).toHaveLength(1);
    const identity = JSON.parse((await ask(session, { identify: true })) ?? '') as Identity;
    expect(identity.login).toBe('acme-bot');
    expect(identity.path).toMatch(/^\/mission-control\//);

    const light = await open('light');
    expect(light.on).toBe('tenant');
    await expect(ask(light.session, { reply: 'light' })).resolves.toBe('light');
    // The agent of the stand-in takes longer to start.
    await expect(open('heavy', { cloud: { startTimeoutMs: 50 } })).rejects.toThrow(CloudSessionError);
  });

  it('fails when policy blocks it, after one attempt, if the topology says so', async () => {
    const { open, asked } = await start(POLICY_BLOCKED_OWNER, 'fail');
    const opening = open('heavy');
    await expect(opening).rejects.toBeInstanceOf(PolicyBlockedError);
    await expect(opening).rejects.toThrow(
      /the policy of policy-blocked blocks cloud sessions .*: ask its administrators/,
    );
    expect(asked).toHaveLength(1);
  });

  it('falls back to the tenant when policy blocks it, if the topology says so, and for no other reason', async () => {
    const { open, asked } = await start(POLICY_BLOCKED_OWNER, 'fall-back');
    const opened = await open('heavy');
    expect(opened).toMatchObject({ on: 'tenant', fellBack: expect.any(PolicyBlockedError) });
    expect(asked).toHaveLength(2);
    await expect(ask(opened.session, { reply: 'here' })).resolves.toBe('here');
    await expect(open('heavy', { cloud: { policyBlocked: () => false } })).rejects.toThrow(CloudSessionError);
  });
});

describe('a cloud session', () => {
  it.each(['gitHubToken', 'onPermissionRequest', 'sessionId', 'includeSubAgentStreamingEvents', 'provider'])(
    'takes no %s, with which runtimes refuse or ignore it',
    async (key) => {
      const createSession = () => Promise.reject(new Error('asked'));
      const creating = createCloudSession(
        { createSession },
        { repository: { owner: 'o', name: 'n' }, settings: { [key]: 'x' } },
      );
      await expect(creating).rejects.toThrow(OptionsError);
      await expect(creating).rejects.toThrow(new RegExp(`^${key} cannot be used: `));
    },
  );
});

describe('a refusal by policy', () => {
  // As the native runtime 1.0.85 hands on a 403 with these bodies.
  const of = (text: string) => new Error(`Request session.create failed with message: ${text}`);

  it.each([
    '{"error":{"code":"policy_blocked","message":"no"}}',
    '{"error":"policy_blocked"}',
    'policy_blocked',
  ])('is told by its code: %s', (text) => {
    expect(isPolicyBlocked(of(text))).toBe(true);
  });

  it.each(['blocked by org policy', 'oops', 'luna_policy_blocked', 'policy_blocked_managed_device'])(
    'is not guessed: %s',
    (text) => {
      expect(isPolicyBlocked(of(text))).toBe(false);
    },
  );

  it('can be told by a predicate of your own', async () => {
    const creating = createCloudSession(
      { createSession: () => Promise.reject(of('blocked by org policy')) },
      { repository: { owner: 'o', name: 'n' }, policyBlocked: (error) => /org policy/.test(String(error)) },
    );
    await expect(creating).rejects.toBeInstanceOf(PolicyBlockedError);
  });
});
