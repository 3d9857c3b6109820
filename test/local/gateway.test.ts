import { readFileSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, it, jest } from '@jest/globals';

import { connectRuntime } from '../../client/index.js';
import { bringUp, type DeploymentEvent } from '../../local/index.js';
import { GATEWAY_FILES } from '../../topology/index.js';
import { parseLocalEndpoint } from '../../topology/local-endpoint.js';
import { afterTest, temporaryDirectory } from '../support/cleanup.js';
import { contents, listing, modeOf } from '../support/files.js';
import { isRunning } from '../support/processes.js';
import { ask, endpointOf, sessionConfig } from '../support/runtime-client.js';
import { planOf, type Overrides } from '../support/topology.js';
import { waitFor } from '../support/wait.js';

// Several starts in one test: on a busy machine they take their time.
jest.setTimeout(120_000);

const SHARED: Overrides = {
  pattern: 'shared',
  pool: { replicas: 1, gateway: { drainSeconds: 1 } },
  tenants: { acme: {}, globex: { gatewayToken: { a: 1, b: 2 } } },
};

async function up(root: string, overrides: Overrides = SHARED) {
  const events: DeploymentEvent[] = [];
  const deployment = await bringUp(planOf(overrides), {
    stateRoot: root,
    onEvent: (event) => events.push(event),
  });
  afterTest(() => deployment.stop());
  return { deployment, events, state: deployment.stateDirectory };
}

const endpointIn = (state: string) =>
  parseLocalEndpoint(readFileSync(path.join(state, GATEWAY_FILES.endpoint), 'utf8'));
const tokenIn = (state: string, slot: string) =>
  readFileSync(path.join(state, GATEWAY_FILES.tokens, slot), 'utf8');

async function clientOf(state: string, slot: string) {
  const connectionToken = tokenIn(state, slot);
  const client = await connectRuntime({ address: `127.0.0.1:${endpointIn(state)?.port}`, connectionToken });
  afterTest(() => client.forceStop());
  return client;
}

describe('the gateway of a local pool', () => {
  it('takes tenants by their own tokens, and keeps its port and their sessions when anything restarts', async () => {
    const { state, events } = await up(temporaryDirectory());
    const ready = (id: string) =>
      events.filter((event) => event.type === 'ready' && event.runtime === id).length;

    const session = await (
      await clientOf(state, 'acme.a')
    ).createSession({
      ...sessionConfig(state, 'pool/0'),
      sessionId: 's',
    });
    await expect(ask(session, { reply: 'hello' })).resolves.toBe('hello');
    expect(await (await clientOf(state, 'globex.b')).listSessions()).toEqual([]);

    const before = endpointIn(state)!;
    process.kill(before.pid, 'SIGKILL');
    await waitFor('another gateway', () => ready('gateway') === 2);
    expect(endpointIn(state)?.port).toBe(before.port);
    const replica = endpointOf(state, 'pool/0')!;
    process.kill(replica.pid, 'SIGKILL');
    await waitFor('another replica', () => ready('pool/0') === 2);
    expect(endpointOf(state, 'pool/0')?.port).not.toBe(replica.port);

    const again = await (await clientOf(state, 'acme.a')).resumeSession('s', sessionConfig(state, 'pool/0'));
    expect(await ask(again, { recall: true })).toContain('hello');
  });

  it('has private token files, in no log, argument or manifest, and ends with the run', async () => {
    const { deployment, state } = await up(temporaryDirectory());
    const { pid } = endpointIn(state)!;
    const slots = ['acme.a', 'globex.a', 'globex.b'];
    const tokens = slots.map((slot) => tokenIn(state, slot));
    expect(new Set(tokens).size).toBe(3);
    expect(deployment.secrets).toEqual(expect.arrayContaining(tokens));
    for (const slot of slots) expect(modeOf(path.join(state, GATEWAY_FILES.tokens, slot))).toBe(0o600);
    const elsewhere = Object.entries(contents(state)).filter(([file]) => !file.startsWith('gateway/tokens/'));
    elsewhere.push(['arguments', readFileSync(`/proc/${pid}/cmdline`, 'utf8')]);
    elsewhere.push(['environment', readFileSync(`/proc/${pid}/environ`, 'utf8')]);
    for (const token of tokens) {
      expect(elsewhere.filter(([, text]) => text.includes(token)).map(([name]) => name)).toEqual([]);
    }
    await deployment.stop();
    expect(isRunning(pid)).toBe(false);
    expect(listing(path.join(state, 'gateway'))).not.toContain('endpoint.json');
  });

  it('keeps tokens from run to run, makes new ones for a raised revision and removes what is not valid', async () => {
    const root = temporaryDirectory();
    const first = await up(root);
    const tokens = ['globex.a', 'globex.b'].map((slot) => tokenIn(first.state, slot));
    await first.deployment.stop();
    const { state } = await up(root, { ...SHARED, tenants: { globex: { gatewayToken: { a: 2, b: 2 } } } });
    expect(tokenIn(state, 'globex.b')).toBe(tokens[1]);
    expect(tokenIn(state, 'globex.a')).not.toBe(tokens[0]);
    expect(listing(path.join(state, GATEWAY_FILES.tokens)).filter((name) => name.startsWith('acme'))).toEqual(
      [],
    );
  });
});
