import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

import { GATEWAY_NAME } from '../../../topology/index.js';
import { AzureStandIn, GROUP_ID } from '../../azure/stand-in/index.js';
import { waitFor } from '../../support/wait.js';

import type { Breaking } from './breaking.js';
import { Deployment } from './deployment.js';
import { DEDICATED } from './sabotages.js';
import { SuiteProcess } from './suite-process.js';

let standIn: AzureStandIn;
let deployment: Deployment;
let breaking: Breaking;
/** As somebody who may deploy. */
let deployer: SuiteProcess;
/** As the identity of the suite, which may read. */
let reader: SuiteProcess;

beforeAll(async () => {
  standIn = await AzureStandIn.start();
  deployment = await Deployment.create(standIn);
  const application = standIn.directory.addApplication();
  standIn.roles.assign(application, 'Reader', GROUP_ID);
  const { clientId, clientSecret } = application;
  const asReader = {
    ...standIn.credentialEnv,
    AZURE_CLIENT_ID: clientId,
    AZURE_CLIENT_SECRET: clientSecret,
  };
  [deployer, reader] = await Promise.all([
    SuiteProcess.start(standIn.credentialEnv),
    SuiteProcess.start(asReader),
  ]);
}, 30_000);

afterAll(async () => {
  await Promise.all([deployer?.stop(), reader?.stop()]);
  await standIn.stop();
});

beforeEach(async () => {
  ({ breaking } = deployment);
  await Promise.all([deployer, reader].map((suite) => suite.open(deployment.manifest)));
});

const nameOf = (who: string) => breaking.expected(who).id.split('/').at(-1);

describe('the target for container groups', () => {
  it('reaches runtimes and gateway by name, and reads their tokens from the vault', async () => {
    expect(await deployer.ask('address', DEDICATED)).toBe(`${breaking.addressOf(DEDICATED)}:4321`);
    expect(await deployer.ask('gateway')).toBe(`${breaking.addressOf(GATEWAY_NAME)}:4322`);
    const place = deployment.manifest.runtimes[DEDICATED]!.connectionToken;
    expect(await deployer.ask('secret', place)).toBe(breaking.token(DEDICATED));
    await expect(reader.ask('secret', place)).rejects.toMatchObject({ name: 'TargetError' });
  });

  it('says why a group does not run, in the words of Azure', async () => {
    const { properties } = breaking.resource(breaking.expected(DEDICATED).id).body;
    const [{ properties: of }] = properties.containers as [{ properties: { image: string } }];
    standIn.limits.inaccessibleImages.add(of.image);
    const mend = await breaking.change(DEDICATED, () => undefined);
    try {
      await expect(deployer.ask('address', DEDICATED)).rejects.toMatchObject({
        name: 'TargetError',
        message: `container group ${nameOf(DEDICATED)} is Pending; container copilot-runtime: Waiting, ImagePullBackOff; Failed to pull image "${of.image}": image not found or access denied: see its events and log`,
      });
    } finally {
      standIn.limits.inaccessibleImages.clear();
      await mend();
    }
    expect(await deployer.ask('address', DEDICATED)).toContain(':4321');
  });

  it('says what befell a group while a check ran, if anything did', async () => {
    await deployer.ask('address', DEDICATED);
    expect(await deployer.ask('lost', DEDICATED)).toBeUndefined();
    await breaking.change(DEDICATED, () => undefined);
    expect(await deployer.ask('lost', DEDICATED)).toBe(
      `container group ${nameOf(DEDICATED)} was restarted while the check ran`,
    );
    const restore = breaking.remove(DEDICATED);
    expect(await deployer.ask('lost', DEDICATED)).toBe(
      `container group ${nameOf(DEDICATED)} was deleted while the check ran`,
    );
    restore();
  });

  it('restarts a group, which has another address then, and leaves it where it may only read', async () => {
    const before = breaking.addressOf(DEDICATED);
    await reader.ask('replace', DEDICATED);
    expect(breaking.addressOf(DEDICATED)).toBe(before);
    // It waits for the name to lead there, for ever: nothing runs in the group that would write the record.
    deployer.ask('replace', DEDICATED).catch(() => undefined);
    await waitFor('another address', () => breaking.addressOf(DEDICATED) !== before);
    await deployer.open(deployment.manifest);
    expect(await deployer.ask('address', DEDICATED)).toBe(`${breaking.addressOf(DEDICATED)}:4321`);
  });
});
