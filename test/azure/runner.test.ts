import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { afterAll, beforeAll, expect, it } from '@jest/globals';

import type { LocalRunner } from './runner/index.js';
import { AzureStandIn, GROUP_ID, type Principal } from './stand-in/index.js';
import { callArm } from './support/arm.js';
import { logsOf, ready, runGroup } from './support/groups.js';
import {
  ACCOUNT_ID,
  DELEGATION,
  groupBody,
  groupId,
  makeLandscape,
  put,
  type Landscape,
} from './support/landscape.js';
import { describeWithRunner, startRunner } from './support/runner.js';

/** Says hello on its port, is ready at once, and ends when it is told to. */
const SERVER = `
  console.log('started');
  require('node:http').createServer(({ url }, response) => {
    if (url === '/end') process.exit(3);
    response.end('hello');
  }).listen(4321);`;

const NAMES = ['one', 'two', 'gateway'] as const;
type Name = (typeof NAMES)[number];

const NSG_ID = `${GROUP_ID}/providers/Microsoft.Network/networkSecurityGroups/runtimes`;
const GATEWAY_SUBNET = '10.0.9.0/24';

const rule = (name: string, priority: number, access: string, sourceAddressPrefix: string) => ({
  name,
  properties: {
    priority,
    direction: 'Inbound',
    access,
    protocol: '*',
    sourceAddressPrefix,
    destinationAddressPrefix: '*',
    destinationPortRange: '*',
  },
});
const closed = [rule('gateway', 100, 'Allow', GATEWAY_SUBNET), rule('others', 200, 'Deny', '*')];

describeWithRunner('container groups as processes', () => {
  let azure: Landscape;
  let standIn: AzureStandIn;
  let runner: LocalRunner;
  const identities = {} as Record<Name, Principal>;

  const idOf = (name: Name) => groupId(`copilot-${name}`);
  const shareOf = (name: Name) => standIn.groups.shares.folder('copilotacme', name);
  const inside = (name: Name, script: string) => runner.exec(idOf(name), ['node', '-e', script]);
  /** What one group sees of another's port. */
  const reach = (from: Name, url: string) =>
    inside(
      from,
      `fetch('${url}', { signal: AbortSignal.timeout(700) }).then((r) => console.log(r.status), () => console.log('nothing')).then(() => process.exit())`,
    );

  async function groupOf(name: Name): Promise<object> {
    const identity = identities[name];
    const { properties, ...rest } = groupBody({ ...azure, identity });
    const [container] = properties.containers;
    const subnet = name === 'gateway' ? azure.subnetId.replace(/runtimes$/, 'gateway') : azure.subnetId;
    const probe = { httpGet: { path: '/', port: 4321, scheme: 'http' }, periodSeconds: 1 };
    return {
      ...rest,
      properties: {
        ...properties,
        subnetIds: [{ id: subnet }],
        containers: [
          {
            ...container!,
            properties: {
              ...container!.properties,
              command: ['/usr/bin/tini', '--', 'node', '-e', SERVER],
              readinessProbe: probe,
            },
          },
        ],
        volumes: properties.volumes.map(({ azureFile, ...volume }) => ({
          ...volume,
          azureFile: { ...azureFile, shareName: name },
        })),
      },
    };
  }

  beforeAll(async () => {
    standIn = await AzureStandIn.start();
    runner = await startRunner(standIn);
    azure = await makeLandscape(standIn);
    await put(standIn, NSG_ID, { location: 'westeurope', properties: { securityRules: closed } });
    await put(standIn, azure.subnetId, {
      properties: {
        addressPrefixes: ['10.0.1.0/24'],
        delegations: [DELEGATION],
        networkSecurityGroup: { id: NSG_ID },
      },
    });
    await put(standIn, azure.subnetId.replace(/runtimes$/, 'gateway'), {
      properties: { addressPrefixes: [GATEWAY_SUBNET], delegations: [DELEGATION] },
    });
    for (const name of NAMES) {
      identities[name] = standIn.addIdentity(name);
      azure.vault.secrets.set(name, { value: `token of ${name}` });
      standIn.roles.assign(identities[name], 'Key Vault Secrets User', `${azure.vault.id}/secrets/${name}`);
      await put(standIn, `${ACCOUNT_ID}/fileServices/default/shares/${name}`, { properties: {} });
    }
    await Promise.all(NAMES.map(async (name) => runGroup(standIn, idOf(name), await groupOf(name))));
  }, 60_000);

  afterAll(() => standIn.stop());

  it('have a user without privileges, and see nothing of the machine but the image', async () => {
    const status = await runner.exec(idOf('one'), ['cat', '/proc/1/status']);
    expect(status).toMatch(/^Uid:\t10001\t10001\t10001\t10001$/m);
    expect(status).toMatch(/^CapBnd:\t0+$/m);
    expect(status).toMatch(/^NoNewPrivs:\t1$/m);
    const listed = await runner.exec(idOf('one'), ['ls', '/', '/app', '/tmp']);
    expect(listed.split(/\s+/)).toEqual(expect.arrayContaining(['dist', 'node_modules', 'package.json']));
    expect(listed).not.toMatch(/work|root|copilot-runtimes-azure/);
    await expect(runner.exec(idOf('one'), ['touch', '/app/dist/x'])).rejects.toThrow('Read-only file system');
  });

  it('read their own secret with their own identity, under the real names', async () => {
    const script = readFileSync('test/azure/support/read-secret.mjs', 'utf8');
    const read = (from: Name, secret: Name, as: Name) =>
      runner.exec(idOf(from), [
        'node',
        '--input-type=module',
        '-e',
        script,
        ...['--', 'read-secret', 'acme'],
        secret,
        identities[as].clientId,
      ]);
    expect(await read('one', 'one', 'one')).toBe('value token of one\n');
    expect(await read('one', 'two', 'one')).toBe('403 ForbiddenByRbac\n');
    expect(await read('one', 'two', 'two')).toContain('Identity not found');
  });

  it('have their share, and not another’s', async () => {
    await inside('one', "require('node:fs').writeFileSync('/mnt/session-state/file', 'from one')");
    expect(readFileSync(path.join(shareOf('one'), 'file'), 'utf8')).toBe('from one');
    expect(await runner.exec(idOf('two'), ['ls', '/mnt/session-state'])).toBe('');
  });

  it('reach one another only as the security group says, and not the internet', async () => {
    const address = await ready(standIn, idOf('two'));
    expect(await reach('gateway', `http://${address}:4321/`)).toBe('200\n');
    expect(await reach('one', `http://${address}:4321/`)).toBe('nothing\n');
    expect(await reach('one', 'https://example.com/')).toBe('nothing\n');

    const opened = [rule('sabotage', 50, 'Allow', '*'), ...closed];
    await put(standIn, NSG_ID, { location: 'westeurope', properties: { securityRules: opened } });
    await runner.settled();
    expect(await reach('one', `http://${address}:4321/`)).toBe('200\n');
    await put(standIn, NSG_ID, { location: 'westeurope', properties: { securityRules: closed } });
    await runner.settled();
    expect(await reach('one', `http://${address}:4321/`)).toBe('nothing\n');
  });

  it('find each other by the record that each may write', async () => {
    const record = `${azure.zoneId}/A/copilot-two`;
    const lead = (ip: string) =>
      put(standIn, record, { properties: { ttl: 30, aRecords: [{ ipv4Address: ip }] } });
    await lead('192.0.2.1');
    expect(await reach('gateway', 'http://copilot-two.copilot.internal:4321/')).toBe('nothing\n');
    await lead(await ready(standIn, idOf('two')));
    expect(await reach('gateway', 'http://copilot-two.copilot.internal:4321/')).toBe('200\n');
  });

  it('start again when they end, with their logs and their share', async () => {
    writeFileSync(path.join(shareOf('two'), 'kept'), 'kept');
    const life = standIn.groups.life({ id: idOf('two') })!;
    const ended = life.until(() => life.viewOf('copilot-runtime').restartCount === 1);
    await reach('gateway', `http://${life.address}:4321/end`);
    await ended;
    await life.until(() => life.ready);
    expect(life.viewOf('copilot-runtime')).toMatchObject({
      restartCount: 1,
      currentState: { state: 'Running' },
    });
    expect(await logsOf(standIn, idOf('two'), 'copilot-runtime')).toBe('started\nstarted\n');
    expect(await runner.exec(idOf('two'), ['cat', '/mnt/session-state/kept'])).toBe('kept');
  });

  it('have another address after a restart, and none once they are deleted', async () => {
    const before = await ready(standIn, idOf('two'));
    await callArm(standIn, 'POST', `${idOf('two')}/restart`);
    const after = await ready(standIn, idOf('two'));
    expect(after).not.toBe(before);
    expect(await reach('gateway', `http://${after}:4321/`)).toBe('200\n');
    expect(await reach('gateway', `http://${before}:4321/`)).toBe('nothing\n');
    await callArm(standIn, 'DELETE', idOf('two'));
    expect(await reach('gateway', `http://${after}:4321/`)).toBe('nothing\n');
    await expect(runner.exec(idOf('two'), ['true'])).rejects.toThrow('does not run');
  });
});
