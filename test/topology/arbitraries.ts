import fc from 'fast-check';
import { stringify } from 'yaml';

import { parseTopology, type Platform, type Topology } from '../../topology/index.js';

/** A topology file as an object, with the keys that its author wrote and no defaults. */
export type TopologyInput = Readonly<Record<string, unknown>> & {
  readonly name: string;
  readonly platform: Platform;
  readonly pattern: Topology['pattern'];
  readonly tenants: Readonly<Record<string, Readonly<Record<string, unknown>> | null>>;
};

/** Every rule keeps to these, so that generated topologies are valid. */
const CELLS = ['c01', 'c02', 'west'] as const;
const UUID = '00000000-0000-4000-8000-000000000000';
export const AZURE = {
  location: 'westeurope',
  subscriptionId: UUID,
  resourceGroup: 'copilot',
  runtimeSubnetIds: [
    `/subscriptions/${UUID}/resourceGroups/net/providers/Microsoft.Network/virtualNetworks/v/subnets/a`,
  ],
  keyVaultId: `/subscriptions/${UUID}/resourceGroups/copilot/providers/Microsoft.KeyVault/vaults/acme`,
  gatewaySubnetId: `/subscriptions/${UUID}/resourceGroups/net/providers/Microsoft.Network/virtualNetworks/v/subnets/gateway`,
  privateDnsZoneId: `/subscriptions/${UUID}/resourceGroups/net/providers/Microsoft.Network/privateDnsZones/copilot.internal`,
} as const;

/** `a`, `a-b`, `a--b`, digits only, up to 40 characters, and ids that look alike. */
export const tenantIds: fc.Arbitrary<string> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      'a',
      'b',
      'a-b',
      'a--b',
      'ab',
      'a1',
      'a01',
      '7',
      '007',
      '1e3',
      'pool',
      'tenant',
      'null',
    ),
  },
  { weight: 4, arbitrary: fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?$/) },
  { weight: 1, arbitrary: fc.stringMatching(/^[a-z0-9][a-z0-9-]{38}[a-z0-9]$/) },
  { weight: 1, arbitrary: fc.constantFrom('x'.repeat(40), `${'x'.repeat(39)}y`, '0'.repeat(40)) },
);

const idleTimeoutSeconds = fc.constantFrom(0, 300, 1800, 86_400);
const resources = fc.record(
  { cpu: fc.constantFrom('250m', '1', '1.5'), memoryMiB: fc.integer({ min: 64, max: 2048 }) },
  { requiredKeys: [] },
);

function secretSource(platform: Platform) {
  const revision = fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined });
  const source: fc.Arbitrary<Record<string, unknown>> =
    platform === 'local'
      ? fc.constantFrom({ env: 'TOKEN' }, { file: 'secrets/token' })
      : fc.constantFrom({ variable: 'github_token' }, { existingSecret: { name: 'token' } });
  return fc.tuple(source, revision).map(([from, raised]) => (raised ? { ...from, revision: raised } : from));
}

function auth(platform: Platform) {
  return fc.oneof(
    fc.constant({}),
    fc.record({ githubToken: secretSource(platform) }),
    fc.record({
      provider: fc.record(
        {
          type: fc.constantFrom('openai', 'anthropic'),
          baseUrl: fc.constantFrom('https://models.acme.example/v1', 'http://models.internal:8080'),
          model: fc.constantFrom('small', 'large'),
          apiKey: secretSource(platform),
        },
        { requiredKeys: ['baseUrl', 'model'] },
      ),
    }),
  );
}

/** One entry under `tenants`; without `placement` unless the pattern needs one. */
export function tenantInputs(platform: Platform, pattern: Topology['pattern']) {
  const placement =
    pattern === 'hybrid'
      ? fc.constantFrom('dedicated', 'pool')
      : fc.constantFrom(pattern === 'isolated' ? 'dedicated' : 'pool');
  const entry = fc.record(
    {
      placement,
      state: fc.constantFrom('active', 'suspended', 'retired'),
      cell: fc.constantFrom(...CELLS),
      auth: auth(platform),
      idleTimeoutSeconds,
      resources,
      sizeGiB: fc.integer({ min: 1, max: 100 }),
      quota: fc.constant({ cpu: '8', memoryMiB: 8192 }),
      clients: fc.constant([{ namespace: 'app', serviceAccount: 'backend' }]),
      connectionTokenRevision: fc.integer({ min: 1, max: 9 }),
    },
    { requiredKeys: pattern === 'hybrid' ? ['placement'] : [] },
  );
  return pattern === 'hybrid' ? entry : fc.oneof({ weight: 5, arbitrary: entry }, fc.constant(null));
}

/** Valid topology files of every pattern and platform. */
export const topologyInputs: fc.Arbitrary<TopologyInput> = fc
  .tuple(
    fc.constantFrom<Platform>('kubernetes', 'azure', 'local'),
    fc.constantFrom<Topology['pattern']>('isolated', 'shared', 'hybrid'),
  )
  .chain(([platform, pattern]) => {
    const runtime = fc.record(
      {
        image: fc.constantFrom(`registry.example.com/runtimes@sha256:${'0'.repeat(64)}`, 'runtimes:latest'),
        integrationId: fc.constantFrom('acme-assistant', 'a', 'A.b_c-1'),
        binary: fc.constantFrom('native', 'cli'),
        port: fc.constantFrom(4321, 1024, 65_535),
        idleTimeoutSeconds,
        auth: auth(platform),
        resources,
        proxy: fc.constant({ https: 'http://proxy.internal:3128', noProxy: ['.internal'] }),
        githubHost: fc.constant('acme.ghe.com'),
      },
      { requiredKeys: ['image', 'integrationId'] },
    );
    const tenants = fc
      .uniqueArray(tenantIds, { minLength: 1, maxLength: 6 })
      .chain((ids) =>
        fc.tuple(...ids.map((id) => tenantInputs(platform, pattern).map((entry) => [id, entry]))),
      )
      .map((entries) => Object.fromEntries(entries) as TopologyInput['tenants']);
    return fc.record(
      {
        name: fc.constantFrom('prod', 'a', 'a-b', 'a--b', 'x'.repeat(24)),
        platform: fc.constant(platform),
        pattern: fc.constant(pattern),
        runtime,
        tenants,
        ...(pattern === 'isolated'
          ? {}
          : {
              pool: fc.record(
                { replicas: fc.integer({ min: 1, max: 12 }), resources },
                { requiredKeys: ['replicas'] },
              ),
            }),
        storage: fc.record(
          {
            sizeGiB: fc.integer({ min: 1, max: 100 }),
            class: fc.constant('managed-csi'),
            accessMode: fc.constantFrom('ReadWriteOncePod', 'ReadWriteOnce'),
            retention: fc.constantFrom('retain', 'delete'),
          },
          { requiredKeys: [] },
        ),
        cells: fc.constant({ c01: null, c02: { maxTenants: 20 }, west: {}, spare: {} }),
        kubernetes: fc.record(
          {
            labels: fc.constant({ 'app.kubernetes.io/part-of': 'copilot', team: '' }),
            env: fc.constant({ LOG_LEVEL: 'debug', ZONE: '1' }),
            dnsCidrs: fc.constant(['169.254.20.10/32']),
            egress: fc.constant([{ cidr: 'fd00::/8', port: 443 }]),
          },
          { requiredKeys: [] },
        ),
        azure: fc.constant(AZURE),
        smoke: fc.constantFrom(
          { standIn: false },
          { standIn: { model: true } },
          { accept: { networkPolicyNotEnforced: true } },
        ),
      },
      {
        requiredKeys: [
          'name',
          'platform',
          'pattern',
          'runtime',
          'tenants',
          ...(pattern === 'isolated' ? [] : (['pool'] as const)),
          ...(platform === 'azure' ? (['azure'] as const) : []),
        ] as never[],
      },
    ) as fc.Arbitrary<TopologyInput>;
  });

/** The topology that a file with this content is. */
export function topologyOf(input: unknown): Topology {
  return parseTopology(stringify(input, { aliasDuplicateObjects: false }));
}

export const topologies: fc.Arbitrary<Topology> = topologyInputs.map(topologyOf);

/** The smallest topology of a platform and pattern, with what a test is about. */
export function minimal(
  changes: Readonly<Record<string, unknown>> = {},
  { platform = 'local', pattern = 'isolated' }: { platform?: Platform; pattern?: Topology['pattern'] } = {},
): Record<string, unknown> {
  return {
    name: 'prod',
    platform,
    pattern,
    runtime: {
      integrationId: 'acme',
      ...(platform !== 'local' && { image: `runtimes@sha256:${'0'.repeat(64)}` }),
    },
    ...(pattern !== 'isolated' && { pool: { replicas: 2 } }),
    ...(platform === 'azure' && { azure: AZURE }),
    tenants:
      pattern === 'hybrid'
        ? { acme: { placement: 'dedicated' }, globex: { placement: 'pool' } }
        : { acme: null, globex: {} },
    ...changes,
  };
}

/** Problems of a topology file, as the CLI prints them; [] when it is valid. */
export function problemsOf(input: unknown): string[] {
  return problemsIn(typeof input === 'string' ? input : stringify(input, { aliasDuplicateObjects: false }));
}

function problemsIn(text: string): string[] {
  try {
    parseTopology(text, 't.yaml');
    return [];
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'InputError') throw error;
    return error.message.split('\n');
  }
}
