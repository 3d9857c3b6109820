import { readFileSync, writeFileSync } from 'node:fs';

import { expect, it } from '@jest/globals';

import { temporaryDirectory } from '../../support/cleanup.js';
import { GROUP_EXAMPLES } from '../deployer/examples.js';
import { callArm } from '../support/arm.js';
import { groupId, makeLandscape } from '../support/landscape.js';
import { comparableBody, SENT_FILE } from '../support/sent.js';
import { startStandIn } from '../support/stand-in.js';
import { describeWithProvider, terraform, writeConfiguration } from '../support/terraform.js';

/** Terraform in a folder of its own, with a landscape to put groups into. */
async function workplace() {
  const standIn = await startStandIn();
  const landscape = await makeLandscape(standIn);
  const directory = temporaryDirectory();
  let initialised = false;
  const run = async (configuration: object, ...args: string[]) => {
    writeConfiguration(directory, configuration);
    if (!initialised) await terraform(standIn, directory, 'init', '-input=false');
    initialised = true;
    return terraform(standIn, directory, ...args);
  };
  return { standIn, landscape, run };
}

const APPLY = ['apply', '-auto-approve', '-input=false'];

describeWithProvider('the real provider', () => {
  it('sends container groups as the deployer does', async () => {
    const { standIn, run } = await workplace();
    await run({ resource: { azurerm_container_group: GROUP_EXAMPLES } }, ...APPLY);
    const bodies = standIn.exchanges
      .map(({ request }) => request)
      .filter(({ method, path }) => method === 'PUT' && path.includes('/containerGroups/'))
      .map(({ text }) => JSON.parse(text) as { name: string });
    const sent = Object.fromEntries(bodies.map((body) => [body.name, comparableBody(body)]));
    if (process.env.UPDATE_SENT) writeFileSync(SENT_FILE, `${JSON.stringify(sent, null, 2)}\n`);
    expect(sent).toEqual(JSON.parse(readFileSync(SENT_FILE, 'utf8')));
  });

  it('changes tags in place and variables only by another group', async () => {
    const { standIn, run } = await workplace();
    const group = (changes: object) => ({
      resource: { azurerm_container_group: { one: { ...GROUP_EXAMPLES.smallest, ...changes } } },
    });
    await run(group({}), ...APPLY);
    const address = () => standIn.groups.life({ id: groupId('smallest') })?.address;
    const first = address();
    expect(await run(group({ tags: { a: 'b' } }), ...APPLY)).toContain('1 changed, 0 destroyed');
    expect(address()).toBe(first);
    const [container] = GROUP_EXAMPLES.smallest!.container as [object];
    const other = group({
      tags: { a: 'b' },
      container: [{ ...container, environment_variables: { A: 'b' } }],
    });
    expect(await run(other, ...APPLY)).toContain('1 added, 0 changed, 1 destroyed');
    expect(address()).not.toBe(first);
    expect(await run(other, 'plan')).toContain('No changes.');
  });

  it('takes what Azure refuses, and leaves what failed in Azure but not in its state', async () => {
    const { standIn, run } = await workplace();
    const configuration = { resource: { azurerm_container_group: { one: GROUP_EXAMPLES.smallest } } };
    standIn.limits.inaccessibleImages.add('one');
    await expect(run(configuration, 'plan')).resolves.toContain('1 to add');
    await expect(run(configuration, ...APPLY)).rejects.toThrow('InaccessibleImage');
    expect((await callArm(standIn, 'GET', groupId('smallest'))).status).toBe(200);
    standIn.limits.inaccessibleImages.clear();
    await expect(run(configuration, ...APPLY)).rejects.toThrow('already exists');
    await run(configuration, 'import', 'azurerm_container_group.one', groupId('smallest'));
  });
});
