import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

import { preflight, type Arm, type AzurePreflightOptions } from '../../azure/index.js';
import { AzureStandIn, GROUP_ID, SUBSCRIPTION } from '../azure/stand-in/index.js';

import { armOf } from './support/arm.js';
import { Landscape, PLACES, planFor } from './support/landscape.js';

type Changes = Readonly<Record<string, unknown>>;

interface Case {
  readonly check: string;
  readonly level?: 'problem' | 'warning';
  readonly says: RegExp;
  readonly spoil?: (landscape: Landscape, standIn: AzureStandIn) => unknown;
  readonly azure?: Changes;
  readonly topology?: Changes;
  readonly options?: AzurePreflightOptions;
}

const PLAN = planFor();
const ACME = PLAN.azure.runtimes['tenant/acme']!;
const VAULT = PLAN.azure.keyVault.id;
const OTHER = `${GROUP_ID}/providers/Microsoft.ContainerInstance/containerGroups/theirs`;
const EXISTING = {
  tenants: {
    acme: { placement: 'dedicated', auth: { githubToken: { existingSecret: { name: 'github-token' } } } },
    docs: { placement: 'pool' },
  },
};
const TOPOLOGY_TAG = 'copilot-runtimes-topology';

/** A landscape without one thing, and what is said of it; everything else about it is in order. */
const CASES: Readonly<Record<string, Case>> = {
  'a service that is not registered': {
    check: 'providers',
    says: /^Microsoft\.ContainerInstance is NotRegistered in subscription .*: run "az provider register --namespace Microsoft\.ContainerInstance --subscription [0-9-]+"$/,
    spoil: (_, { limits }) => limits.unregistered.add('Microsoft.ContainerInstance'),
  },
  'a region without Container Instances': {
    check: 'providers',
    says: /^westindia has no Container Instances for subscription .*: use a location that has, such as westeurope/,
    azure: { location: 'West India' },
    spoil: (landscape) => landscape.put(PLACES.NETWORK, {}, { location: 'westindia' }),
  },
  'a resource group that is not there': {
    check: 'resource groups',
    says: /^there is no resource group elsewhere in subscription .*: run "az group create --name elsewhere --location westeurope/,
    topology: { cells: { c01: { resourceGroup: 'elsewhere' } } },
  },
  'a quota of groups that is used up': {
    check: 'quota',
    says: /^westeurope has room for 2 more of quota ContainerGroups in subscription .* \(0 of 2 used\), and the deploy needs 3: ask Azure for 3 or more/,
    spoil: (_, { limits }) => (limits.groups = 2),
  },
  'a quota of cores that is used up': {
    check: 'quota',
    says: /room for 2 more of quota StandardCores .* and the deploy needs 3/,
    spoil: (_, { limits }) => (limits.cores = 2),
  },
  'a group that is too large for its region': {
    check: 'quota',
    says: /^tenant\/acme asks for 5 vCPU and 1 GiB, and a group in westeurope has at most 4 and 16/,
    topology: {
      tenants: { acme: { placement: 'dedicated', resources: { cpu: '5' } }, docs: { placement: 'pool' } },
    },
  },
  'a subnet that is not there': {
    check: 'subnets',
    says: /^there is no subnet .*\/subnets\/runtimes: create it, or correct its id$/,
    spoil: (landscape) => landscape.remove(PLACES.runtimes),
  },
  'a subnet that is not delegated': {
    check: 'subnets',
    says: /^subnet runtimes is not delegated: delegate it to Microsoft\.ContainerInstance\/containerGroups/,
    spoil: (landscape) => landscape.change(PLACES.runtimes, { delegations: [] }),
  },
  'a subnet that is delegated to another service': {
    check: 'subnets',
    says: /^subnet runtimes is delegated to Microsoft\.Web\/serverFarms/,
    spoil: (landscape) =>
      landscape.change(PLACES.runtimes, {
        delegations: [{ name: 'web', properties: { serviceName: 'Microsoft.Web/serverFarms' } }],
      }),
  },
  'a subnet without a way out': {
    check: 'subnets',
    says: /^subnet runtimes has no NAT gateway, the only way out/,
    spoil: (landscape) => landscape.change(PLACES.runtimes, { natGateway: undefined }),
  },
  'a subnet whose groups reach one another': {
    check: 'subnets',
    says: /^subnet runtimes has no security group, so that every runtime in it reaches every other/,
    spoil: (landscape) => landscape.change(PLACES.runtimes, { networkSecurityGroup: undefined }),
  },
  'a subnet that no storage account lets in': {
    check: 'subnets',
    says: /^subnet runtimes has no service endpoint Microsoft\.Storage/,
    spoil: (landscape) => landscape.change(PLACES.runtimes, { serviceEndpoints: [] }),
  },
  'a subnet that is too small': {
    check: 'subnets',
    says: /^subnet runtimes has 0 addresses \(10\.0\.0\.0\/30\) for 2 groups/,
    spoil: (landscape) => landscape.change(PLACES.runtimes, { addressPrefixes: ['10.0.0.0/30'] }),
  },
  'a subnet that somebody else uses': {
    check: 'subnets',
    says: /^subnet runtimes is shared with container group theirs, which security groups do not keep apart/,
    spoil: (landscape) => landscape.group(OTHER),
  },
  'a network in another region': {
    check: 'subnets',
    says: /^subnet .*\/runtimes is in northeurope, and its groups are planned for westeurope/,
    spoil: (landscape) => {
      landscape.put(PLACES.NETWORK, {}, { location: 'northeurope' });
      landscape.change(PLACES.gateway, {});
    },
  },
  'a zone that is not there': {
    check: 'zone',
    says: /^there is no private DNS zone .*: create it, or correct azure\.privateDnsZoneId$/,
    spoil: (landscape) => landscape.remove(PLACES.ZONE),
  },
  'a zone that the gateway does not see': {
    check: 'zone',
    says: /^copilot\.internal is not linked to .*\/virtualNetworks\/net, where names are looked up in it/,
    spoil: (landscape) => landscape.remove(PLACES.LINK),
  },
  'a vault that is not there': {
    check: 'vault',
    says: /^there is no vault .*: create it with Azure RBAC, or correct azure\.keyVaultId$/,
    spoil: (landscape) => landscape.remove(VAULT),
  },
  'a vault that goes by access policies': {
    check: 'vault',
    says: /^the vault goes by access policies/,
    spoil: (landscape) => landscape.change(VAULT, { enableRbacAuthorization: false }),
  },
  'a vault at another address': {
    check: 'vault',
    says: /^the vault answers at https:\/\/acme\.vault\.azure\.cn\/, but https:\/\/acme\.vault\.azure\.net\/ is planned/,
    spoil: (landscape) => landscape.change(VAULT, { vaultUri: 'https://acme.vault.azure.cn/' }),
  },
  'a vault that lets nobody in': {
    check: 'vault',
    says: /^the vault does not let .*\/subnets\/gateway in, whose groups read their secrets there/,
    spoil: (landscape) =>
      landscape.change(VAULT, {
        networkAcls: { defaultAction: 'Deny', virtualNetworkRules: [{ id: PLACES.runtimes }] },
      }),
  },
  'a vault with private endpoints': {
    check: 'vault',
    level: 'warning',
    says: /^the vault has private endpoints only/,
    spoil: (landscape) => landscape.change(VAULT, { publicNetworkAccess: 'Disabled' }),
  },
  'a secret of somebody else that is not there': {
    check: 'secrets',
    says: /^the secret github-token is not in the vault, and tenant\/acme needs it: create it, or correct existingSecret\.name$/,
    topology: EXISTING,
  },
  'a secret of somebody else that is disabled': {
    check: 'secrets',
    says: /^the secret github-token is disabled, and tenant\/acme needs it: enable it/,
    topology: EXISTING,
    spoil: ({ vault }) => vault.secrets.set('github-token', { value: 'x', attributes: { enabled: false } }),
  },
  'secrets that have expired': {
    check: 'vault',
    level: 'warning',
    says: /^azure\.secretsExpireOn is 2030-01-31, which has passed: rotate the secrets/,
    azure: { secretsExpireOn: '2030-01-31' },
    options: { now: Date.parse('2030-02-01') },
  },
  'a storage account that somebody has': {
    check: 'storage',
    says: new RegExp(
      `^storage account ${ACME.storage.account} cannot be created \\(The name .* is already taken\\)`,
    ),
    spoil: (_, { limits }) => limits.takenAccounts.add(ACME.storage.account),
  },
  'a storage account of another topology': {
    check: 'storage',
    says: /is there and belongs to topology test: rename the topology, or use another resource group$/,
    spoil: (landscape) =>
      landscape.put(
        ACME.storage.id.replace(/\/fileServices.*/, ''),
        {},
        { tags: { [TOPOLOGY_TAG]: 'test' } },
      ),
  },
  'a group that was left by a creation that failed': {
    check: 'leftovers',
    says: new RegExp(
      `^container group ${ACME.group} is there although its creation failed, .*delete it \\("az container delete --yes --name ${ACME.group} --resource-group copilot --subscription ${SUBSCRIPTION}"\\), or if Terraform says that it "already exists", take it over: terraform -chdir=out/prod-c01 import azurerm_container_group\\.acme ${ACME.groupId}$`,
    ),
    spoil: async (landscape) => {
      await landscape.group(ACME.groupId, { tags: { [TOPOLOGY_TAG]: 'prod' } });
      landscape.change(ACME.groupId, { provisioningState: 'Failed' });
    },
    options: { addressOf: () => ({ directory: 'out/prod-c01', address: 'azurerm_container_group.acme' }) },
  },
  'a group of this topology that nobody plans': {
    check: 'leftovers',
    level: 'warning',
    says: /^container group theirs carries the tags of this topology, which does not plan it/,
    spoil: (landscape) => landscape.group(OTHER, { tags: { [TOPOLOGY_TAG]: 'prod' } }),
  },
  'a value that Terraform would miss': {
    check: 'variables',
    says: /^TF_VAR_github_token is not set: set it to the secret value that tenant\/acme needs/,
    topology: {
      tenants: {
        acme: { placement: 'dedicated', auth: { githubToken: { variable: 'github_token' } } },
        docs: { placement: 'pool' },
      },
    },
  },
};

describe('preflight on Azure', () => {
  let standIn: AzureStandIn;
  let arm: Arm;
  let landscape: Landscape;

  beforeAll(async () => {
    standIn = await AzureStandIn.start();
    arm = armOf(standIn);
  });
  afterAll(() => standIn.stop());
  beforeEach(() => {
    landscape = new Landscape(standIn);
    standIn.exchanges.length = 0;
  });

  it('finds nothing where everything is in order, and writes nothing', async () => {
    const report = await preflight(PLAN, PLAN.azure, { arm, env: {} });
    expect(report).toMatchObject({ azure: { subscription: SUBSCRIPTION }, findings: [], complete: true });
    const written = standIn.exchanges.filter(
      ({ request: { method, path } }) =>
        !['GET', 'HEAD'].includes(method) && !/\/token$|checkNameAvailability$/.test(path),
    );
    expect(written).toEqual([]);
  });

  it.each(Object.entries(CASES))(
    '%s',
    async (_, { check, level = 'problem', says, spoil, azure, topology, options }) => {
      await spoil?.(landscape, standIn);
      const plan = planFor(azure, topology);
      const { findings } = await preflight(plan, plan.azure, { arm: armOf(standIn), env: {}, ...options });
      expect(findings).toContainEqual({ level, check, message: expect.stringMatching(says) });
      // A resource group that is missing takes what would be in it along; anything else stands alone.
      const others = findings.filter((finding) => finding.check !== check && finding.check !== 'rights');
      expect(others).toEqual([]);
    },
  );

  it('asks what the deployer may do, and names what is missing', async () => {
    const reader = standIn.directory.addApplication();
    standIn.roles.assign(reader, 'Reader', `/subscriptions/${SUBSCRIPTION}`);
    const { findings } = await preflight(PLAN, PLAN.azure, { arm: armOf(standIn, reader), env: {} });
    const messages = findings.filter(({ check }) => check === 'rights').map(({ message }) => message);
    expect(messages).toContainEqual(
      expect.stringMatching(
        /^may not containerGroups\/write, containerGroups\/delete, .* on resourceGroups\/copilot: see/,
      ),
    );
    expect(messages).toContainEqual(
      expect.stringMatching(
        /^may not roleAssignments\/write, vaults\/secrets\/getSecret\/action, vaults\/secrets\/setSecret\/action, vaults\/secrets\/delete on vaults\/acme/,
      ),
    );
    expect(messages).toContainEqual(
      expect.stringMatching(
        /^may not subnets\/join\/action|virtualNetworks\/subnets\/join\/action on subnets\/runtimes/,
      ),
    );
  });

  it('says that the rest is unknown where it may not look', async () => {
    standIn.faults.add({
      when: ({ path }) => path.endsWith('/virtualNetworkLinks'),
      answer: { status: 403, body: { error: { code: 'AuthorizationFailed', message: 'No.' } } },
    });
    const report = await preflight(PLAN, PLAN.azure, { arm, env: {} });
    expect(report.complete).toBe(false);
    expect(report.findings).toEqual([
      {
        level: 'warning',
        check: 'zone',
        message: expect.stringMatching(
          /^could not be looked at: cannot read .*virtualNetworkLinks: 403 AuthorizationFailed: No/,
        ),
      },
    ]);
  });

  it('stops at a subscription that it may not see', async () => {
    const nobody = standIn.directory.addApplication();
    standIn.faults.add({
      when: ({ path }) => path === `/subscriptions/${SUBSCRIPTION}`,
      answer: {
        status: 404,
        body: { error: { code: 'SubscriptionNotFound', message: 'The subscription could not be found.' } },
      },
    });
    const report = await preflight(PLAN, PLAN.azure, { arm: armOf(standIn, nobody), env: {} });
    expect(report.complete).toBe(false);
    expect(report.findings.map(({ message }) => message)).toEqual([
      expect.stringMatching(
        /404 SubscriptionNotFound: .* \(check azure\.subscriptionId, and that the credentials are of its tenant\)$/,
      ),
    ]);
  });

  it.each([
    [
      { ARM_CLIENT_SECRET: 'x' },
      /^ARM_CLIENT_SECRET is set without ARM_TENANT_ID and ARM_CLIENT_ID: set them too/,
    ],
    [
      { ARM_USE_OIDC: 'true', ARM_TENANT_ID: 't', ARM_CLIENT_ID: 'c' },
      /^ARM_USE_OIDC is set without a token/,
    ],
    [{ ARM_ENVIRONMENT: 'moon' }, /^ARM_ENVIRONMENT must be one of public, usgovernment, china, got "moon"/],
  ])('says what is wrong with %p', async (env, says) => {
    const report = await preflight(PLAN, PLAN.azure, { env });
    expect(report).toEqual({
      findings: [{ level: 'problem', check: 'credentials', message: expect.stringMatching(says) }],
      complete: false,
    });
  });
});
