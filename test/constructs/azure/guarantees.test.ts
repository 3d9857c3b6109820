import { describe, expect, it } from '@jest/globals';

import { roleAssignments } from '../../../topology/azure/roles.js';
import { manifestOf, type Manifest } from '../../../topology/index.js';
import {
  addresses,
  difference,
  objects,
  plan,
  strings,
  type Json,
  type TerraformJson,
} from '../kubernetes/support.js';

import { all, example, only, synthPlan } from './support.js';

const PATTERNS = ['isolated', 'shared', 'hybrid'] as const;

/** Everything that a topology for Azure can have, over an example. */
function rich(name: (typeof PATTERNS)[number]): Json {
  const input = example(name);
  input.runtime.auth =
    name === 'shared'
      ? { provider: { baseUrl: 'https://m.example', model: 'm', apiKey: { variable: 'model_key' } } }
      : { githubToken: { variable: 'github_token' } };
  if (name !== 'shared')
    input.tenants.hooli = {
      ...(name === 'hybrid' && { placement: 'dedicated', cell: 'eu' }),
      auth: { githubToken: { existingSecret: { name: 'theirs' } } },
    };
  input.tenants.umbrella = {
    ...(name === 'hybrid' && { placement: 'dedicated', cell: 'eu' }),
    ...(name !== 'shared' && {
      auth: {
        provider: {
          baseUrl: 'https://m.example',
          model: 'm',
          apiKey: { existingSecret: { name: 'model-key' } },
        },
      },
    }),
    principals: ['9d0c1f2a-7a52-4d3e-9a2b-0b8f6a6d5c11'],
  };
  return input;
}

const synthOf = (input: Json) => synthPlan(plan(input).plan);
const cases = PATTERNS.flatMap((name) => [
  [name, example(name)] as const,
  [`${name} with every setting`, rich(name)] as const,
]);

/** Resources of all stacks of one kind. */
const everywhere = (stacks: Record<string, TerraformJson>, kind: string): Json[] =>
  Object.values(stacks).flatMap((stack) => all(stack, kind));

const groupNamed = (stacks: Record<string, TerraformJson>, name: string): Json =>
  everywhere(stacks, 'container_group').find((group) => group.name === name);

describe('secrets', () => {
  /** What is written where it should not be, as paths. */
  function exposed(stacks: Record<string, TerraformJson>): string[] {
    return Object.entries(addresses(stacks)).flatMap(([address, resource]) =>
      [...strings(resource)].flatMap(([path, text]) => {
        if (path.endsWith('.<key>')) return [];
        if (
          /\$\{(ephemeral\.|var\.)/.test(text) &&
          !(address.includes('key_vault_secret') && path === '.value_wo')
        )
          return [`${address}${path}`];
        if (/secure_environment|\.value$/.test(path)) {
          const configuration =
            address.includes('azurerm_key_vault_secret') && resource.content_type === 'application/json';
          return configuration ? [] : [`${address}${path}`];
        }
        // The one that the platform forces, and nowhere but where it forces it.
        if (/(primary|secondary)_(access_key|connection_string|shared_key)/.test(text))
          return /volume\[0\]\.storage_account_key$|log_analytics\.workspace_key$/.test(path)
            ? []
            : [`${address}${path}`];
        return [];
      }),
    );
  }

  it.each(cases)('of %s are written by write-only values alone', (_, input) => {
    const stacks = synthOf(input);
    expect(exposed(stacks)).toEqual([]);
    for (const secret of everywhere(stacks, 'key_vault_secret')) {
      expect(Object.keys(secret).filter((key) => key.startsWith('value'))).toEqual(
        secret.content_type === 'application/json' ? ['value'] : ['value_wo', 'value_wo_version'],
      );
      expect(secret.expiration_date).toBe('2027-12-31T00:00:00Z');
    }
  });

  it.each<[string, (group: Json) => void]>([
    ['a secure variable', (group) => (group.container[0].secure_environment_variables = { A: 'x' })],
    [
      'a random value',
      (group) => (group.container[0].environment_variables.A = '${ephemeral.random_password.x.result}'),
    ],
    ['a variable', (group) => (group.tags.A = '${var.github_token}')],
    [
      'the key of the account',
      (group) =>
        (group.container[0].environment_variables.A = '${azurerm_storage_account.x.primary_access_key}'),
    ],
  ])('are found by that test in %s', (_, sabotage) => {
    const stacks = structuredClone(synthOf(example('isolated')));
    sabotage(everywhere(stacks, 'container_group')[0]);
    expect(exposed(stacks)).toHaveLength(1);
  });

  it.each(cases)('of %s come from one random value each', (_, input) => {
    for (const stack of Object.values(synthOf(input))) {
      const text = JSON.stringify(stack.resource);
      for (const id of Object.keys(stack.ephemeral?.random_password ?? {}))
        expect(text.split(`\${ephemeral.random_password.${id}.result}`)).toHaveLength(2);
    }
  });

  /** Secrets of the vault that each identity may read, by the name of the identity. */
  function readable(stacks: Record<string, TerraformJson>): Record<string, string[]> {
    const found: Record<string, string[]> = {};
    for (const stack of Object.values(stacks)) {
      const nameOf = (principal: string): string => {
        const [, kind, type = '', id = ''] =
          /^\$\{(data\.)?(\w+)\.([\w-]+)\.principal_id\}$/.exec(principal) ?? [];
        const from = kind === undefined ? stack.resource : stack.data;
        return from?.[type]?.[id]?.name ?? principal;
      };
      for (const { scope, principal_id: principal, role_definition_name: role } of all(
        stack,
        'role_assignment',
      )) {
        if (role === 'Private DNS Zone Contributor' || role === 'Reader') continue;
        expect(role).toBe('Key Vault Secrets User');
        (found[nameOf(principal)] ??= []).push(scope.split('/secrets/')[1] ?? `all of ${scope}`);
      }
    }
    for (const names of Object.values(found)) names.sort();
    return found;
  }

  /** What the manifest says that each group reads. */
  function expected(manifest: Manifest): [string, string[]][] {
    const groups = [
      ...Object.values(manifest.runtimes).filter(({ state }) => state !== 'retired'),
      ...(manifest.gateway ? [manifest.gateway] : []),
    ];
    return groups.map(({ expect: { group } }) => [
      group!.identity.split('/').at(-1)!,
      [...group!.secrets].sort(),
    ]);
  }

  it.each(cases)(
    'of %s are read by the identity of their group, and by none that the manifest does not name',
    (_, input) => {
      const { plan: planned } = plan(input);
      const found = readable(synthPlan(planned));
      const manifest = manifestOf(planned);
      for (const [identity, names] of expected(manifest))
        expect([identity, found[identity]]).toEqual([identity, names]);
      const smoke = planned.azure?.smoke?.identity;
      const principals = Object.values(input.tenants as Json).flatMap(
        (tenant: Json) => tenant.principals ?? [],
      );
      const known = [...expected(manifest).map(([identity]) => identity), smoke, ...principals];
      expect(Object.keys(found).filter((identity) => !known.includes(identity))).toEqual([]);
    },
  );

  it.each(cases)('of %s take as many role assignments as the plan counts', (_, input) => {
    const { plan: planned } = plan(input);
    const made = everywhere(synthPlan(planned), 'role_assignment').map(({ scope }) => scope.split('/')[2]);
    const counted = [...roleAssignments(planned)].flatMap(([subscription, count]) =>
      Array(count).fill(subscription),
    );
    expect(made.sort()).toEqual(counted.sort());
  });

  it('are opened to the back ends of a tenant: its token, and nothing that its runtime alone reads', () => {
    const { plan: planned } = plan(rich('isolated'));
    const { secrets } = planned.azure!.runtimes['tenant/acme']!;
    expect(readable(synthPlan(planned))['3d0c1f2a-7a52-4d3e-9a2b-0b8f6a6d5c11']).toEqual([
      secrets.connectionToken,
    ]);
  });

  it('are opened to the smoke suite where the topology opts in, tokens of all and identities of none', () => {
    const { plan: planned } = plan(rich('isolated'));
    const names = readable(synthPlan(planned))[planned.azure!.smoke!.identity]!;
    const tokens = Object.values(planned.azure!.runtimes).map(({ secrets }) => secrets.connectionToken);
    expect(names).toEqual(expect.arrayContaining([...tokens, 'model-key']));
    expect(names.filter((name) => /github|theirs/.test(name))).toEqual([]);
    const without = example('isolated');
    without.azure.network.smokeSubnet = false;
    expect(Object.keys(readable(synthOf(without))).filter((name) => name.includes('smoke'))).toEqual([]);
  });
});

describe('a group', () => {
  it.each(cases)('of %s has the names and ids that the manifest says', (_, input) => {
    const { plan: planned } = plan(input);
    const stacks = synthPlan(planned);
    const manifest = manifestOf(planned);
    const groups = [...Object.values(manifest.runtimes), ...(manifest.gateway ? [manifest.gateway] : [])];
    expect(everywhere(stacks, 'container_group')).toHaveLength(groups.length);
    for (const {
      endpoint,
      expect: { group },
    } of groups) {
      const made = groupNamed(stacks, group!.id.split('/').at(-1)!);
      expect(made).toMatchObject({ subnet_ids: [group!.subnet], container: [{ image: group!.image }] });
      expect(made.identity.identity_ids[0]).toBe(group!.identity);
      expect(endpoint).toMatchObject({
        kind: 'dns',
        host: expect.stringMatching(new RegExp(`^${made.name}\\.`)) as unknown,
      });
      const [volume] = made.container[0].volume ?? [];
      expect(
        volume && {
          account: volume.storage_account_name,
          name: volume.share_name,
          mountPath: volume.mount_path,
        },
      ).toEqual(group!.share);
      const record = everywhere(stacks, 'private_dns_a_record').find(
        ({ name }) => name === group!.record.split('/').at(-1),
      );
      expect(record.records).toEqual(['192.0.2.1']);
    }
  });

  it.each(cases)('of %s waits for its roles, its name and its share', (_, input) => {
    for (const stack of Object.values(synthOf(input))) {
      for (const group of all(stack, 'container_group')) {
        const waits = (type: string) =>
          group.depends_on.filter((address: string) => address.startsWith(`azurerm_${type}.`));
        expect(waits('private_dns_a_record')).toHaveLength(1);
        // At least: writing its name, and reading a secret.
        expect(waits('role_assignment').length).toBeGreaterThanOrEqual(2);
        expect(waits('user_assigned_identity')).toHaveLength(1);
        expect(waits('storage_share')).toHaveLength(group.container[0].volume ? 1 : 0);
      }
    }
  });

  it('waits for the way out and the guard of its subnet where these are made with it', () => {
    const input = example('shared');
    for (const key of ['runtimeSubnetIds', 'gatewaySubnetId', 'smokeSubnetId', 'privateDnsZoneId'])
      delete input.azure[key];
    input.azure.network = {};
    const stack = synthOf(input)['pool-base']!;
    for (const group of all(stack, 'container_group')) {
      const waits = (type: string) =>
        group.depends_on.filter((address: string) => address.startsWith(`azurerm_${type}.`));
      expect(waits('subnet_nat_gateway_association')).toHaveLength(all(stack, 'subnet').length);
      expect(waits('subnet_network_security_group_association')).toHaveLength(all(stack, 'subnet').length);
    }
    for (const record of all(stack, 'private_dns_a_record'))
      expect(record.depends_on.join()).toMatch(/azurerm_private_dns_zone\./);
    expect(only(stack, 'storage_account').depends_on.join()).toMatch(/azurerm_subnet_/);
  });

  it('is replaced when one of its secrets is rotated, and the gateway is not', () => {
    const rotated = example('hybrid');
    rotated.tenants.acme.connectionTokenRevision = 2;
    rotated.tenants.docs.gatewayToken = { a: 2 };
    const changes = difference(addresses(synthOf(example('hybrid'))), addresses(synthOf(rotated)));
    expect(changes.filter((path) => path.includes('container_group'))).toEqual([
      expect.stringMatching(/acme.* container 0 environment_variables COPILOT_RUNTIMES_SECRETS_REVISION$/),
    ]);
    expect(changes.filter((path) => path.endsWith('value_wo_version'))).toHaveLength(2);
  });
});

describe('one tenant more', () => {
  it.each<[(typeof PATTERNS)[number], Json]>([
    ['isolated', {}],
    ['shared', {}],
    ['hybrid', { placement: 'dedicated', cell: 'eu' }],
    ['hybrid', { placement: 'pool' }],
  ])('in %s %j changes nothing of the others', (name, tenant) => {
    const input = example(name);
    const before = addresses(synthOf(input));
    input.tenants.zebra = tenant;
    const after = addresses(synthOf(input));
    const changed = Object.keys(before).filter(
      (address) => difference(before[address], after[address]).length > 0,
    );
    // The gateway takes its configuration up without being replaced.
    expect(changed).toEqual(
      changed.filter((address) => address.includes('key_vault_secret.Shared_Pool_Gateway_')),
    );
    expect(changed.length).toBe(name === 'shared' || tenant.placement === 'pool' ? 1 : 0);
    expect(Object.keys(after).filter((address) => !(address in before))).not.toEqual([]);
  });
});

describe('the life of a tenant', () => {
  const counts = (input: Json, lock: Parameters<typeof plan>[1]) => {
    const planned = plan(input, lock);
    const stacks = synthPlan(planned.plan);
    const mine = Object.entries(addresses(stacks)).filter(([address]) => address.includes('globex'));
    const kinds = [...new Set(mine.map(([address]) => address.split('/azurerm_')[1]!.split('.')[0]!))].sort();
    return { planned, kinds, stacks };
  };

  it('leaves less at every step, and its sessions until it is purged', () => {
    const input = example('isolated');
    const active = counts(input, undefined);
    expect(active.kinds).toEqual([
      'container_group',
      'key_vault_secret',
      'private_dns_a_record',
      'role_assignment',
      'storage_share',
      'user_assigned_identity',
    ]);
    input.tenants.globex.state = 'suspended';
    const suspended = counts(input, active.planned.lock);
    expect(suspended.kinds).toEqual(active.kinds.filter((kind) => kind !== 'container_group'));
    input.tenants.globex.state = 'retired';
    const retired = counts(input, suspended.planned.lock);
    expect(retired.kinds).toEqual(['key_vault_secret', 'storage_share']);
    delete input.tenants.globex;
    expect(() => counts(input, retired.planned.lock)).toThrow(/globex/);
    input.purge = ['globex'];
    expect(counts(input, retired.planned.lock).kinds).toEqual([]);
  });

  it('keeps the share where it is on every step', () => {
    const input = example('hybrid');
    const share = (stacks: Record<string, TerraformJson>) => only(stacks['mixed-eu']!, 'storage_share');
    const account = (stacks: Record<string, TerraformJson>) => only(stacks['mixed-eu']!, 'storage_account');
    const before = plan(input);
    const was = synthPlan(before.plan);
    for (const change of [{ state: 'retired' }, { placement: 'pool' }]) {
      const now = structuredClone(input);
      Object.assign(now.tenants.acme, change);
      const stacks = synthPlan(plan(now, before.lock).plan);
      expect(share(stacks)).toEqual(share(was));
      expect(account(stacks)).toEqual(account(was));
    }
  });

  it('gives each tenant an account where a key must reach no further', () => {
    const stacks = synthOf(example('hybrid'));
    expect(all(stacks['mixed-eu']!, 'storage_account')).toMatchObject([
      { tags: { 'copilot-runtimes-tenant': 'acme' } },
    ]);
    expect(all(stacks['mixed-base']!, 'storage_account')).toMatchObject([
      { tags: { 'copilot-runtimes-cell': 'base' } },
    ]);
    expect(all(synthOf(example('isolated'))['prod-c01']!, 'storage_account')).toHaveLength(1);
  });
});

describe('storage that replicas share', () => {
  it('is one share that all of them mount, and Redis lets the gateway in with a secret of the vault', () => {
    const input = example('shared');
    const redis = { url: 'rediss://locks.example:6380', password: { variable: 'redis_password' } };
    Object.assign(input.pool, { storage: 'shared', lock: { redis } });
    const stack = synthOf(input)['pool-base']!;
    const share = only(stack, 'storage_share');
    expect(share.metadata.copilot_runtimes_runtime).toBe('pool.shared');
    const mounted = all(stack, 'container_group').flatMap(({ container }) => container[0].volume ?? []);
    expect(mounted.map(({ share_name }) => share_name)).toEqual([share.name, share.name]);
    const password = only(stack, 'key_vault_secret', ({ value_wo }) => value_wo === '${var.redis_password}');
    const readers = all(stack, 'role_assignment').filter(({ scope }) => scope.endsWith(`/${password.name}`));
    expect(readers.map(({ principal_id }) => principal_id)).toEqual([
      expect.stringMatching(/user_assigned_identity\.Shared_Pool_Gateway_/),
    ]);
  });
});

describe('text of a topology', () => {
  const TEXT = '${upper("x")}%{ if true }x%{ endif }';

  it('never becomes a template', () => {
    const input = example('isolated');
    input.azure.tags = { [TEXT.replaceAll('%', '')]: TEXT };
    input.azure.backend = { type: 's3', bucket: TEXT, region: TEXT, prefix: TEXT };
    input.runtime.image = 'acme.azurecr.io/r${upper("x")}@sha256:0';
    const found = [...strings(synthOf(input))]
      .map(([, text]) => text)
      .filter((text) => text.includes('upper("x")'));
    expect(found.length).toBeGreaterThan(20);
    for (const text of found) expect(text).not.toMatch(/(?<!\$)\$\{upper|(?<!%)%\{/);
  });
});

describe('tags', () => {
  it.each(PATTERNS)('of %s say of everything that can have some whose it is', (name) => {
    const stacks = synthOf(example(name));
    const tagged = Object.values(addresses(stacks)).filter((resource) => resource.tags !== undefined);
    expect(tagged.length).toBeGreaterThan(5);
    for (const { tags } of tagged)
      expect(tags).toMatchObject({
        'managed-by': 'copilot-runtimes',
        'copilot-runtimes-topology': example(name).name,
      });
    for (const { metadata } of everywhere(stacks, 'storage_share'))
      expect(metadata.copilot_runtimes_runtime).toMatch(/^(tenant|pool)\./);
    const names = [...objects(stacks)].flatMap(({ tags }) => Object.keys(tags ?? {}));
    expect(names.join()).not.toMatch(/[<>%&\\?/]/);
  });
});
