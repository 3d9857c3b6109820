import path from 'node:path';

import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';

import {
  AzureStandIn,
  BROKEN,
  TOO_MANY,
  type Answer,
  type AzureRequest,
  type Principal,
  type Vault,
} from '../../azure/stand-in/index.js';

import { mayRead, readSecrets, run, VAULT_URL } from './support.js';

const VALUE = 'the-value-of-a-secret';

let azure: AzureStandIn;
let vault: Vault;
/** May read `mine` and `absent`, and is the only one of the group. */
let identity: Principal;
let env: Readonly<Record<string, string>>;

beforeAll(async () => {
  azure = await AzureStandIn.start();
  vault = azure.addVault('acme');
  identity = azure.addIdentity('tenant-a');
  env = await azure.openGroup([identity]);
  for (const name of ['mine', 'foreign', 'disabled']) vault.secrets.set(name, { value: VALUE });
  for (const name of ['mine', 'disabled', 'absent']) mayRead(azure, identity, vault, name);
});
afterEach(() => azure.faults.clear());
afterAll(() => azure?.stop());

const refusal = (innererror: string): Answer => ({
  status: 403,
  body: { error: { code: 'Forbidden', message: VALUE, innererror: { code: innererror } } },
});

describe('reading a secret with a managed identity', () => {
  it('says what is missing in the end: identity, role, secret, network or service, and never what Azure said', async () => {
    const other = azure.addIdentity('tenant-b');
    const answers: readonly (readonly [
      name: string,
      answer: Answer | 'hang up',
      missing: string,
      says: RegExp,
    ])[] = [
      [
        'firewall',
        refusal('ForbiddenByFirewall'),
        'network',
        /firewall of the vault.*service endpoint Microsoft.KeyVault/,
      ],
      ['private', refusal('ForbiddenByConnection'), 'network', /without public access.*private endpoint/],
      [
        'policies',
        refusal('AccessDenied'),
        'role',
        /set its permission model to Azure role-based access control/,
      ],
      ['directory', { status: 401, body: {} }, 'identity', /does not take the identity's token \(401\)/],
      ['busy', TOO_MANY, 'service', /status 429: too much is asked of it/],
      ['broken', BROKEN, 'service', /status 500/],
      ['cut', 'hang up', 'network', /cannot be reached \(ECONNRESET\)/],
      [
        'odd',
        { status: 418, body: { error: { message: VALUE } } },
        'service',
        /failed unexpectedly with status 418/,
      ],
    ];
    for (const [name, answer] of answers) {
      const when = ({ path: asked, headers }: AzureRequest) =>
        asked.startsWith(`/secrets/${name}/`) &&
        (headers.authorization !== undefined || answer === 'hang up');
      azure.faults.add({ when, answer });
    }
    vault.secrets.update('disabled', undefined, { attributes: { enabled: false } });
    const cases: readonly (readonly [
      url: string,
      who: string,
      name: string,
      missing: string | undefined,
      says: RegExp,
    ])[] = [
      [VAULT_URL, identity.clientId, 'mine', undefined, /^$/],
      [
        VAULT_URL,
        identity.clientId,
        'foreign',
        'role',
        new RegExp(
          `^the secret foreign in acme.vault.azure.net may not be read by the identity ${identity.clientId} \\(403 ForbiddenByRbac\\): assign it the role "Key Vault Secrets User" on that secret`,
        ),
      ],
      [VAULT_URL, identity.clientId, 'absent', 'secret', /does not exist: deploy again, or create it/],
      [VAULT_URL, identity.clientId, 'disabled', 'secret', /is disabled: enable it/],
      [
        VAULT_URL,
        other.clientId,
        'mine',
        'identity',
        /the container group does not have the identity .*: assign it/,
      ],
      ['https://127.0.0.1:1/', identity.clientId, 'x', 'network', /cannot be reached \(ECONNREFUSED\)/],
      ...answers.map(
        ([name, , missing, says]) => [VAULT_URL, identity.clientId, name, missing, says] as const,
      ),
    ];
    const outcomes = await readSecrets(
      env,
      cases.map(([url, who, name]) => [url, who, name]),
    );
    expect(outcomes.map(({ missing }) => missing)).toEqual(cases.map(([, , , missing]) => missing));
    for (const [index, { message = '' }] of outcomes.entries()) expect(message).toMatch(cases[index]![4]);
    expect(outcomes[0]).toEqual({ length: VALUE.length });
    expect(JSON.stringify(outcomes)).not.toContain(VALUE);
  });

  it('says so when there is no metadata service, and when a proxy in between is not trusted', async () => {
    const request = [[VAULT_URL, identity.clientId, 'mine']] as const;
    const [refused, untrusted] = await Promise.all([
      readSecrets({ ...env, AZURE_POD_IDENTITY_AUTHORITY_HOST: 'http://127.0.0.1:1' }, request),
      readSecrets({ ...env, NODE_EXTRA_CA_CERTS: undefined }, request),
    ]);
    expect(refused[0]).toEqual({
      missing: 'identity',
      message: `no token for the identity ${identity.clientId}: the metadata service of the group cannot be reached: see that the group has an identity`,
    });
    expect(untrusted[0]).toMatchObject({
      missing: 'network',
      message: expect.stringMatching(/shows a certificate that is not trusted \([A-Z_]+\): set caBundle/),
    });
  });

  it('does not wait for an answer that never comes', async () => {
    azure.faults.add({ when: ({ path: asked }) => asked.startsWith('/secrets/mine/'), delayMs: 3000 });
    const [outcome] = await readSecrets(env, [[VAULT_URL, identity.clientId, 'mine', 300]]);
    expect(outcome).toEqual({
      missing: 'network',
      message:
        'the key vault acme.vault.azure.net does not answer: see that the subnet may connect to it on port 443',
    });
  });

  it('asks the metadata service, past a proxy that would catch even plain HTTP and whatever Service Fabric says', async () => {
    const outcomes = await readSecrets(
      {
        ...env,
        HTTP_PROXY: env.HTTPS_PROXY,
        NO_PROXY: undefined,
        IDENTITY_ENDPOINT: 'https://10.92.0.4:2377/metadata/identity/oauth2/token',
        IDENTITY_HEADER: 'header',
        IDENTITY_SERVER_THUMBPRINT: '00'.repeat(20),
      },
      [[VAULT_URL, identity.clientId, 'mine']],
    );
    expect(outcomes).toEqual([{ length: VALUE.length }]);
  });
});

describe('the probe of the smoke suite', () => {
  const PROBE = path.resolve('dist/services/key-vault/probe.js');

  it('prints the outcome and nothing else', async () => {
    const probe = (name: string, url = VAULT_URL, more = {}) =>
      run([PROBE, url, identity.clientId, name], { ...env, ...more });
    expect(
      await Promise.all([
        probe('mine'),
        probe('foreign'),
        probe('absent'),
        probe('mine', VAULT_URL, { AZURE_POD_IDENTITY_AUTHORITY_HOST: 'http://127.0.0.1:1' }),
        probe('mine', 'https://127.0.0.1:1/'),
      ]),
    ).toEqual(['read\n', 'forbidden\n', 'absent\n', 'no-identity\n', 'unreachable\n']);
  });

  it('wants its three arguments', async () => {
    await expect(run([PROBE, VAULT_URL, 'id'], {})).rejects.toMatchObject({
      code: 2,
      stderr: 'usage: probe.js <vault URL> <client id of the identity> <name of the secret>\n',
    });
  });
});
