import { networkInterfaces } from 'node:os';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { HOST_ENV, PLACEHOLDER_ADDRESS } from '../../../topology/host-contract.js';
import { AzureStandIn, type Principal } from '../../azure/stand-in/index.js';
import { addRecords, recordId, recordOf, setRecord } from '../dns-record/support.js';
import { TestHost } from './host.js';

let azure: AzureStandIn;
let identity: Principal;
let group: Readonly<Record<string, string>>;

beforeAll(async () => {
  azure = await AzureStandIn.start();
  identity = azure.addIdentity('acme');
  group = await azure.openGroup([identity]);
  await addRecords(azure, ['acme', 'globex', 'taken']);
});
afterAll(() => azure?.stop());

const [own] = Object.values(networkInterfaces())
  .flatMap((one) => one ?? [])
  .filter(({ family, internal }) => family === 'IPv4' && !internal);

const startHost = (record: string) =>
  new TestHost({
    env: {
      ...group,
      [HOST_ENV.identity]: identity.clientId,
      [HOST_ENV.dnsRecord]: recordId(record),
    },
  });

const leadsTo = (name: string, address: string) => ({
  ttl: 10,
  metadata: { tenant: name },
  aRecords: [{ ipv4Address: address }],
});

describe('a runtime host with a DNS record', () => {
  it('is ready only when its record leads to it, changes nothing else, and gives it back at the end', async () => {
    const host = startHost('acme');
    await host.said('may not be changed by the identity');
    await host.message('listening');
    const { status, body } = await host.get('/readyz');
    expect(status).toBe(503);
    expect(body.reason).toMatch(
      /^the DNS record acme.copilot.internal may not be changed by the identity .* assign it the role "Private DNS Zone Contributor" on that record set/,
    );
    azure.roles.assign(identity, 'Private DNS Zone Contributor', recordId('acme'));
    await host.message('ready');
    expect(await recordOf(azure, 'acme')).toEqual(leadsTo('acme', own!.address));
    expect(await recordOf(azure, 'globex')).toEqual(leadsTo('globex', PLACEHOLDER_ADDRESS));
    const written = azure.exchanges.filter(
      ({ request: { method, headers } }) => method === 'PATCH' && headers,
    );
    expect(new Set(written.map(({ request }) => request.path))).toEqual(new Set([recordId('acme')]));
    expect(written.every(({ request }) => request.headers['if-match'] !== undefined)).toBe(true);

    host.signal('SIGTERM');
    await expect(host.exited).resolves.toEqual({ code: 0, signal: null });
    expect(await recordOf(azure, 'acme')).toEqual(leadsTo('acme', PLACEHOLDER_ADDRESS));
    expect(host.output).not.toMatch(/eyJ/);
  });

  it('tries again when somebody else wrote at the same time, and leaves the record to whoever has it at the end', async () => {
    const conflict = { status: 412, body: { error: { code: 'PreconditionFailed', message: 'etag' } } };
    azure.faults.add({ when: ({ method }) => method === 'PATCH', times: 1, answer: conflict });
    azure.roles.assign(identity, 'Private DNS Zone Contributor', recordId('taken'));
    const host = startHost('taken');
    await host.message('ready');
    expect(host.output).toContain('was changed by somebody else at the same time: it is tried again');
    await setRecord(azure, 'taken', '10.1.0.77');
    host.signal('SIGTERM');
    await host.exited;
    expect(await recordOf(azure, 'taken')).toEqual(leadsTo('taken', '10.1.0.77'));
  });

  it('says that its record is not there', async () => {
    azure.roles.assign(identity, 'Private DNS Zone Contributor', recordId('absent'));
    const host = startHost('absent');
    await host.said(
      'the DNS record absent.copilot.internal does not exist: deploy again, for it is created before the group',
    );
    await host.message('listening');
    expect((await host.get('/readyz')).status).toBe(503);
  });
});
