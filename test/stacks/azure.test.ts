import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';

import { describe, expect, it } from '@jest/globals';

import { checkPlan } from '../../stacks/check-plan.js';
import { refuseDestroy } from '../../stacks/destroy-guard.js';
import { synthesize } from '../../stacks/synth.js';
import { parseTerraformPlan } from '../../stacks/terraform-plan.js';
import { manifestOf, parseManifest, parseTopology, planTopology } from '../../topology/index.js';
import { EXAMPLES, example, only, synthPlan } from '../constructs/azure/support.js';
import {
  addresses,
  plan,
  topology,
  type Json,
  type TerraformJson,
} from '../constructs/kubernetes/support.js';
import { temporaryDirectory } from '../support/cleanup.js';
import { cliEnvironment } from '../support/cli.js';
import { contents } from '../support/files.js';
import { lasting, terraformWith } from '../support/terraform.js';

const run = promisify(execFile);

describe('stacks for Azure', () => {
  it('are one of what is shared, and one per cell', () => {
    const groups = Object.entries(synthPlan(plan(example('hybrid')).plan)).map(
      ([name, { resource = {} }]) => [name, Object.keys(resource.azurerm_container_group ?? {}).length],
    );
    expect(groups).toEqual([
      // Two replicas and the gateway before them.
      ['mixed-base', 3],
      ['mixed-eu', 1],
      ['mixed-us', 1],
    ]);
  });

  it('name Terraform and its providers in full', () => {
    for (const { terraform } of Object.values(synthPlan(plan(example('hybrid')).plan))) {
      expect(terraform.required_version).toBe('>= 1.11');
      expect(terraform.required_providers).toEqual({
        azurerm: { source: 'hashicorp/azurerm', version: '4.55.0' },
        random: { source: 'hashicorp/random', version: '~> 3.7' },
      });
      expect(terraform.backend.azurerm.container_name).toBe('mixed');
    }
  });

  it('keep what is deleted, need no data plane, and register nothing', () => {
    const [provider] = synthPlan(plan(example('isolated')).plan)['prod-c01']!.provider.azurerm;
    expect(provider).toMatchObject({
      resource_provider_registrations: 'none',
      features: [
        {
          key_vault: [{ purge_soft_deleted_secrets_on_destroy: false, recover_soft_deleted_secrets: true }],
          storage: [{ data_plane_available: false }],
        },
      ],
    });
  });

  it('reach vault and zone where they are, from a cell in another subscription', () => {
    const stacks = synthPlan(plan(example('hybrid')).plan);
    const [own, other, ...more] = stacks['mixed-us']!.provider.azurerm as Json[];
    expect(more).toEqual([]);
    expect([own.subscription_id, other.subscription_id]).toEqual([
      '11111111-0000-4000-8000-000000000000',
      '00000000-0000-4000-8000-000000000000',
    ]);
    for (const [address, { provider }] of Object.entries(addresses({ us: stacks['mixed-us']! }))) {
      const shared = /key_vault_secret|private_dns|Secrets_|Name_/.test(address);
      expect([address, provider]).toEqual([address, shared ? `azurerm.${other.alias}` : undefined]);
    }
    expect(stacks['mixed-eu']!.provider.azurerm).toHaveLength(1);
  });

  it('are deployed after the one whose network or identity they use', async () => {
    const dependencies = async (input: Json) => {
      const outdir = temporaryDirectory();
      await synthesize(plan(input).plan, outdir);
      const { stacks } = JSON.parse(readFileSync(path.join(outdir, 'manifest.json'), 'utf8')) as Json;
      return stacks['prod-c01'].dependencies;
    };
    expect(await dependencies(example('isolated'))).toEqual(['prod-base']);
    const own = example('isolated');
    delete own.azure.network;
    const { runtimeSubnetIds, privateDnsZoneId } = example('hybrid').azure;
    Object.assign(own.azure, { runtimeSubnetIds, privateDnsZoneId });
    expect(await dependencies(own)).toEqual([]);
  });

  it('are the same byte for byte, wherever they are written and however tenants are ordered', async () => {
    const input = example('isolated');
    const reordered = { ...input, tenants: Object.fromEntries(Object.entries(input.tenants).reverse()) };
    const [one, two] = [input, reordered].map((each) => ({
      outdir: temporaryDirectory(),
      plan: plan(each).plan,
    }));
    const manifest = await synthesize(one!.plan, one!.outdir);
    await synthesize(two!.plan, two!.outdir);
    expect(contents(two!.outdir)).toEqual(contents(one!.outdir));
    expect(parseManifest(readFileSync(manifest, 'utf8'))).toEqual(manifestOf(one!.plan));
  });

  it('refuse a destroy that Terraform would stop in the middle', async () => {
    const destroy = Promise.resolve([['cdktf', 'destroy']]);
    const check = (retention: string) =>
      refuseDestroy(
        { file: 't.yaml', plan: plan({ ...example('isolated'), storage: { retention } }).plan },
        destroy,
      );
    await expect(check('retain')).rejects.toThrow(
      /the volumes of tenant\/acme, tenant\/globex, tenant\/initech/,
    );
    await expect(check('delete')).resolves.toBeUndefined();
  });
});

describe('a plan for Azure', () => {
  /** What `terraform show -json` would say of a plan that deletes some resources of a topology. */
  function deletion(stacks: Record<string, TerraformJson>, deleted: (address: string) => boolean) {
    const changes = Object.entries(addresses(stacks)).flatMap(([address, resource]) => {
      const [, type = '', name = ''] = /\/(\w+)\.(.+)$/.exec(address) ?? [];
      // As the provider reads it back: an id, where the configuration has a reference to one.
      const account = Object.values(stacks).flatMap((stack) =>
        Object.entries(stack.resource?.azurerm_storage_account ?? {}),
      );
      const of = account.find(([id]) => String(resource.storage_account_id).includes(`.${id}.`))?.[1];
      const state = of
        ? { ...resource, storage_account_id: `/x/providers/Microsoft.Storage/storageAccounts/${of.name}` }
        : resource;
      const actions = deleted(address) ? ['delete'] : ['no-op'];
      const change = { actions, before: state, after: deleted(address) ? null : state };
      return [{ address: `${type}.${name}`, mode: 'managed', type, name, change }];
    });
    return JSON.stringify({ format_version: '1.2', planned_values: {}, resource_changes: changes });
  }

  const check = (input: Json, was: Json, deleted: (address: string) => boolean) => {
    const parsed = parseTopology(JSON.stringify(input));
    const text = deletion(synthPlan(plan(was).plan), deleted);
    return checkPlan(
      parseTerraformPlan(text, 'plan.json'),
      { topology: parsed, plan: planTopology(parsed) },
      'plan.json',
    );
  };
  const without = (name: Parameters<typeof example>[0], tenant: string, purge = false) => {
    const input = example(name);
    delete input.tenants[tenant];
    return purge ? { ...input, purge: [tenant] } : input;
  };
  const storage = (tenant: string) => (address: string) =>
    address.includes('azurerm_storage') && address.includes(tenant);

  it('may delete the share of a purged tenant, and no other', () => {
    const was = example('isolated');
    expect(check(without('isolated', 'globex', true), was, storage('globex'))).toEqual({
      refusals: [],
      purges: [
        expect.stringMatching(/^tenant globex: file share prodc01\w+\/prod-tenant-globex-\w+ .* is deleted$/),
      ],
      warnings: [],
    });
    expect(check(without('isolated', 'globex', true), was, storage('acme')).refusals).toEqual([
      expect.stringMatching(
        /^tenant acme: file share .* would be deleted with its data: the topology still has it/,
      ),
    ]);
    expect(check(without('isolated', 'globex'), was, storage('globex')).refusals).toEqual([
      expect.stringMatching(/^tenant globex: file share .*: bring globex back under tenants/),
    ]);
  });

  it('may not delete the account of a cell while a runtime is in it, or a share of somebody else', () => {
    const was = example('isolated');
    const all = (address: string) => address.includes('azurerm_storage_account');
    expect(check(without('isolated', 'globex', true), was, all).refusals).toEqual([
      expect.stringMatching(/^cell c01: storage account prodc01\w+ .*: runtimes of the topology are in it/),
    ]);
    const empty = { ...was, tenants: { other: { cell: 'c02' } }, purge: ['acme', 'globex', 'initech'] };
    expect(check(empty, was, (address) => address.includes('azurerm_storage'))).toMatchObject({
      refusals: [],
    });
    expect(check({ ...empty, purge: ['acme', 'globex'] }, was, all).refusals).toEqual([
      expect.stringMatching(
        /^cell c01: storage account .* it holds .*initech.*, whose owner is not under purge/,
      ),
    ]);
  });

  it('may delete the account of a tenant that has one to itself when that is purged', () => {
    const was = example('hybrid');
    expect(check(without('hybrid', 'acme', true), was, storage('acme'))).toMatchObject({ refusals: [] });
    expect(check(without('hybrid', 'acme'), was, storage('acme')).refusals).toHaveLength(2);
  });

  it('is not held against the topology of somebody else', () => {
    const other = { ...example('isolated'), name: 'other' };
    expect(() => check(other, example('isolated'), () => false)).toThrow(
      'plan.json is of another topology, for its resources are tagged as of prod: name the topology that it was planned from',
    );
  });
});

describe('without the provider of Azure', () => {
  /** The project as somebody has it who deploys to Kubernetes only. */
  const project = (() => {
    const directory = lasting();
    cpSync('dist', path.join(directory, 'dist'), { recursive: true });
    writeFileSync(path.join(directory, 'package.json'), '{"type":"module"}');
    const modules = path.join(directory, 'node_modules');
    mkdirSync(path.join(modules, '@cdktf'), { recursive: true });
    const link = (name: string) => symlinkSync(path.resolve('node_modules', name), path.join(modules, name));
    for (const name of readdirSync('node_modules'))
      if (name !== '@cdktf' && !name.startsWith('.')) link(name);
    link('@cdktf/provider-kubernetes');
    return directory;
  })();
  const synth = (input: Json) => {
    const file = `${input.platform}.json`;
    writeFileSync(path.join(project, file), JSON.stringify(input));
    return run(process.execPath, ['dist/stacks/main.js'], {
      cwd: project,
      env: cliEnvironment({ TOPOLOGY: file }),
    });
  };

  it('topologies for Kubernetes are synthesised', async () => {
    await expect(synth(topology('hybrid'))).resolves.toEqual({ stdout: '', stderr: '' });
  });

  it('one for Azure says what to install', async () => {
    await expect(synth(example('isolated'))).rejects.toMatchObject({
      code: 2,
      stderr:
        'error topology platform is azure, which needs the package @cdktf/provider-azurerm: npm install @cdktf/provider-azurerm\n',
    });
  });

  it('Node.js names the package that the constructs need', async () => {
    const load = run(process.execPath, ['-e', "import('./dist/constructs/azure/index.js')"], {
      cwd: project,
    });
    await expect(load).rejects.toMatchObject({
      stderr: expect.stringContaining("Cannot find package '@cdktf/provider-azurerm'") as unknown,
    });
  });
});

describe('an app of your own on Azure', () => {
  it('uses the constructs without a topology file', async () => {
    const outdir = temporaryDirectory();
    const before = process.env.CDKTF_OUTDIR;
    process.env.CDKTF_OUTDIR = outdir;
    try {
      await import('../../examples/azure/own-app/main.js');
    } finally {
      if (before === undefined) delete process.env.CDKTF_OUTDIR;
      else process.env.CDKTF_OUTDIR = before;
    }
    const file = path.join(outdir, 'stacks/own-app/cdk.tf.json');
    const stack = JSON.parse(readFileSync(file, 'utf8')) as TerraformJson;
    expect(only(stack, 'container_group')).toMatchObject({ name: 'acme', zones: ['1'] });
    expect(
      only(stack, 'role_assignment', ({ scope }) => scope.endsWith('/secrets/acme-token')),
    ).toBeDefined();
    expect(only(stack, 'storage_share').quota).toBe(10);
  });
});

describe('docs/azure.md', () => {
  const text = readFileSync('docs/azure.md', 'utf8');

  it('names every construct that the package exports', async () => {
    const exported = Object.keys(await import('../../constructs/azure/index.js'));
    const constructs = exported.filter(
      (name) => /^[A-Z]/.test(name) && !['PropsError', 'RandomProvider'].includes(name),
    );
    expect(constructs.length).toBeGreaterThan(8);
    expect(constructs.filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
  });

  it('says of each tag what the stacks set', () => {
    const [group] = Object.values(
      synthPlan(plan(example('isolated')).plan)['prod-c01']!.resource!.azurerm_container_group!,
    );
    const own = Object.keys((group as Json).tags).filter((tag) => tag !== 'costCenter');
    expect(own.filter((tag) => !text.includes(`\`${tag}\``))).toEqual([]);
  });
});

const terraform = terraformWith(
  synthPlan(plan(example('isolated')).plan)['prod-c01']!.terraform.required_providers,
  'no azurerm provider',
);
// A machine without Terraform, or without its registry, still tests everything else.
const maybe = terraform.directory === undefined ? it.skip : it;

describe(`terraform validate (${terraform.reason})`, () => {
  const validate = (stack: TerraformJson) => {
    writeFileSync(path.join(terraform.directory!, 'cdk.tf.json'), JSON.stringify(stack));
    return run('terraform', ['validate', '-no-color'], { cwd: terraform.directory });
  };

  maybe.each(EXAMPLES)(
    'accepts %s',
    async (file) => {
      const stacks = synthPlan(plan(example(path.basename(file, '.yaml'))).plan);
      for (const stack of Object.values(stacks)) {
        expect((await validate(stack)).stdout).toContain('The configuration is valid');
      }
    },
    120_000,
  );

  maybe('refuses what the provider does not know', async () => {
    const stack = structuredClone(synthPlan(plan(example('isolated')).plan)['prod-c01']!);
    for (const group of Object.values(stack.resource!.azurerm_container_group!))
      group.container[0].user = '10001';
    await expect(validate(stack)).rejects.toMatchObject({
      stderr: expect.stringMatching(/Extraneous JSON object property/) as unknown,
    });
  });
});
