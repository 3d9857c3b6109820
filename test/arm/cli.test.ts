import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { synthesize } from '../../stacks/synth.js';
import { manifestText } from '../../topology/index.js';
import { SUBSCRIPTION, type AzureStandIn } from '../azure/stand-in/index.js';
import { startStandIn } from '../azure/support/stand-in.js';
import { Deployment } from '../smoke/azure/deployment.js';
import { temporaryDirectory } from '../support/cleanup.js';
import { runCli } from '../support/cli.js';

import { Landscape, planFor, topologyText } from './support/landscape.js';

interface Stack {
  readonly resource: {
    readonly azurerm_container_group: Readonly<
      Record<string, { readonly container: readonly { readonly cpu: number; readonly memory: number }[] }>
    >;
  };
}

const PLAN = planFor();
const ACME = PLAN.azure.runtimes['tenant/acme']!;

/** As somebody who deploys with Terraform has it: only the variables of its provider. */
async function azure() {
  const standIn = await startStandIn();
  const cwd = temporaryDirectory();
  await writeFile(path.join(cwd, 'topology.yaml'), topologyText());
  const run = (args: readonly string[], env: Readonly<Record<string, string>> = standIn.providerEnv) =>
    runCli(args, { cwd, env });
  return { standIn, cwd, run };
}

/** Tokens in the vault, and the deployer's own secret. */
function secretsOf({ deployer }: AzureStandIn, { vault, manifest }: Deployment): string[] {
  const tokens = Object.values(manifest.runtimes).map(({ connectionToken }) =>
    connectionToken.kind === 'keyVaultSecret' ? vault.secrets.get(connectionToken.name)!.value : '',
  );
  return [deployer.clientSecret, ...tokens];
}

describe('the program on Azure', () => {
  it('plans: groups, minutes, and what the state must hold', async () => {
    const { run } = await azure();
    const { code, stdout } = await run(['plan']);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /3 container groups in 2 subnets of westeurope, 3 vCPU; the first deploy takes 2 min at least, a new image twice that/,
    );
    expect(stdout).toMatch(
      /warning the Terraform state holds the keys of 2 storage accounts .* \[state-secrets\]/,
    );
  });

  it('looks ahead, with the commands that mend what it finds', async () => {
    const { run, standIn, cwd } = await azure();
    const landscape = new Landscape(standIn);
    const good = await run(['preflight']);
    expect(good).toMatchObject({ code: 0, stderr: '' });
    expect(good.stdout).toMatch(/^subscription [0-9-]+, stand-in, tenant [0-9-]+\nready to deploy\n$/);

    const out = path.join(cwd, 'cdktf.out');
    await synthesize(PLAN, out);
    const base = await readFile(path.join(out, 'stacks/prod-base/cdk.tf.json'), 'utf8');
    const { azurerm_container_group: groups } = (JSON.parse(base) as Stack).resource;
    // The gateway too asks for what Azure takes at least.
    expect(Object.values(groups).map(({ container: [one] }) => [one!.cpu, one!.memory])).toEqual([
      [1, 1],
      [1, 1],
    ]);
    await landscape.group(ACME.groupId);
    landscape.change(ACME.groupId, { provisioningState: 'Failed' });
    const bad = await run(['preflight']);
    expect(bad.code).toBe(1);
    expect(bad.stdout).toMatch(
      new RegExp(
        `terraform -chdir=cdktf\\.out/stacks/prod-c01 import azurerm_container_group\\.\\S+ ${ACME.groupId} \\[leftovers\\]\nnot ready to deploy: 1 problem\n$`,
      ),
    );
  });

  it('rolls out and shows how it stands, without a word of any secret', async () => {
    const { run, standIn, cwd } = await azure();
    const deployment = await Deployment.create(standIn);
    await writeFile(path.join(cwd, 'm.json'), manifestText(deployment.manifest));
    deployment.breaking.remove('tenant/acme');
    const manifest = ['--manifest', 'm.json'];
    const [rollout, status, json] = await Promise.all([
      run(['rollout', ...manifest, '--timeout', '1']),
      run(['status', ...manifest, '--explain']),
      run(['status', ...manifest, '--json']),
    ]);
    expect(rollout.code).toBe(1);
    expect(rollout.stdout).toMatch(/failed tenant\/acme\n {2}it has no container group \[not-deployed\]/);
    expect(status.code).toBe(1);
    expect(status.stdout).toMatch(/tenant\/acme +acme +no/);
    expect(JSON.parse(json.stdout)).toContainEqual(
      expect.objectContaining({ runtime: 'tenant/globex', volume: { phase: 'Bound', capacity: '5 GiB' } }),
    );
    const all = [rollout, status, json].map(({ stdout, stderr }) => stdout + stderr).join('\n');
    for (const secret of secretsOf(standIn, deployment)) {
      expect(secret).not.toBe('');
      expect(all).not.toContain(secret);
    }
  });

  it('signs in with the token of a CI, wherever it comes from, as Terraform does', async () => {
    const { run, standIn, cwd } = await azure();
    new Landscape(standIn);
    const file = path.join(cwd, 'token');
    await writeFile(file, 'a.b.c');
    standIn.faults.add({
      when: ({ path: asked, query, headers }) =>
        asked === '/token' &&
        query.get('audience') === 'api://AzureADTokenExchange' &&
        headers.authorization === 'Bearer of-the-job',
      answer: { status: 200, body: { value: 'a.b.c' } },
    });
    const { ARM_CLIENT_SECRET: _secret, ...env } = standIn.providerEnv;
    const ways: readonly Readonly<Record<string, string>>[] = [
      { ARM_OIDC_TOKEN: 'a.b.c' },
      { ARM_OIDC_TOKEN_FILE_PATH: file },
      {
        ARM_OIDC_REQUEST_URL: 'https://management.azure.com/token?job=1',
        ARM_OIDC_REQUEST_TOKEN: 'of-the-job',
      },
    ];
    const runs = await Promise.all(
      ways.map((way) => run(['preflight'], { ...env, ARM_USE_OIDC: 'true', ...way })),
    );
    expect(runs.map(({ code, stderr }) => [code, stderr])).toEqual(ways.map(() => [0, '']));
  });

  it('signs in as a managed identity, as Terraform does', async () => {
    const { run, standIn } = await azure();
    new Landscape(standIn);
    const identity = standIn.addIdentity('deployer');
    for (const role of ['Owner', 'Key Vault Secrets Officer']) {
      standIn.roles.assign(identity, role, `/subscriptions/${SUBSCRIPTION}`);
    }
    const env = await standIn.openGroup([identity]);
    const signIn = { ARM_USE_MSI: 'true', ARM_CLIENT_ID: identity.clientId };
    expect(await run(['preflight'], { ...env, ...signIn })).toMatchObject({ code: 0, stderr: '' });
  });

  it('says what to set where there are no credentials, and ends', async () => {
    const { run, standIn } = await azure();
    const { code, stdout } = await run(['preflight'], {
      ...standIn.networkEnv,
      // Nothing else is looked for: no metadata service, no other program.
      AZURE_TOKEN_CREDENTIALS: 'EnvironmentCredential',
    });
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /problem cannot read subscriptions\/.*: no credentials for Azure were found: set ARM_CLIENT_ID, ARM_TENANT_ID and ARM_CLIENT_SECRET/,
    );
  });
});
