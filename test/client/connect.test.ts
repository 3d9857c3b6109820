import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';

import { describe, expect, it } from '@jest/globals';

import { connectRuntime } from '../../client/index.js';
import { bringUp } from '../../local/index.js';
import { afterTest, temporaryDirectory } from '../support/cleanup.js';
import { endpointOf, sessionConfig, tokenOf } from '../support/runtime-client.js';
import { planOf } from '../support/topology.js';

const ACME = 'tenant/acme';

describe('connecting to a runtime', () => {
  it('needs its token, and checks allowlists from then on', async () => {
    const { stateDirectory: state, stop } = await bringUp(planOf(), { stateRoot: temporaryDirectory() });
    afterTest(stop);
    const address = `127.0.0.1:${endpointOf(state, ACME)!.port}`;
    for (const refused of [{}, { connectionToken: '' }, { connectionToken: 'x'.repeat(43) }]) {
      await expect(connectRuntime({ address, ...refused })).rejects.toMatchObject({ code: -32002 });
    }
    const client = await connectRuntime({ address, connectionToken: tokenOf(state, ACME) });
    afterTest(() => client.forceStop());
    await expect(client.ping('hi')).resolves.toMatchObject({ message: 'pong: hi' });

    const config = sessionConfig(state, ACME);
    await expect(client.createSession({ ...config, availableTools: ['foo:*'] })).rejects.toThrow(
      /names no origin/,
    );
    await expect(client.createSession({ ...config, sessionId: 'good' })).resolves.toMatchObject({
      sessionId: 'good',
    });
  });

  it('outlives a write that meets the end of the runtime', async () => {
    const { stateDirectory: state, stop } = await bringUp(planOf(), { stateRoot: temporaryDirectory() });
    afterTest(stop);
    const { port } = endpointOf(state, ACME)!;
    // Between client and runtime, so that the other side can hang up at a given moment.
    const between = net.createServer((socket) => {
      const runtime = net.connect(port, '127.0.0.1');
      socket.pipe(runtime).pipe(socket);
      socket.on('error', () => undefined);
      afterTest(() => [socket, runtime].forEach((end) => end.destroy()));
      hangUp = () => runtime.unpipe(socket) && socket.end();
    });
    let hangUp: () => unknown = () => undefined;
    between.listen(0, '127.0.0.1');
    await once(between, 'listening');
    afterTest(() => between.close());
    const { port: address } = between.address() as AddressInfo;
    const client = await connectRuntime({
      address: `127.0.0.1:${address}`,
      connectionToken: tokenOf(state, ACME),
    });
    const { socket } = client as unknown as { readonly socket: net.Socket };
    const asked = once(socket, 'end').then(() => client.ping('too late'));
    hangUp();
    // Without care, this write would also end the whole process by a rejection that nobody handles.
    await expect(asked).rejects.toThrow();
  });

  it('fails at once where nobody listens', async () => {
    const server = net.createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    await expect(connectRuntime({ address: `127.0.0.1:${port}` })).rejects.toThrow(
      /^Failed to connect .*ECONNREFUSED/,
    );
  });

  it('gives up in time where somebody listens who never answers, and closes its socket', async () => {
    let closed: Promise<unknown> | undefined;
    const server = net
      .createServer((socket) => {
        closed = once(socket.resume(), 'close');
      })
      .listen(0, '127.0.0.1');
    await once(server, 'listening');
    afterTest(() => server.close());
    const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    await expect(connectRuntime({ address, connectTimeoutMs: 200 })).rejects.toThrow(
      `${address} takes the connection but did not answer within 0.2 s`,
    );
    await expect(closed).resolves.toBeDefined();
  });

  it('fails at once where the other side ends before it answers, as a runtime does that is being replaced', async () => {
    const server = net
      .createServer((socket) => socket.once('data', () => socket.end()))
      .listen(0, '127.0.0.1');
    await once(server, 'listening');
    afterTest(() => server.close());
    const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    await expect(connectRuntime({ address, connectTimeoutMs: 10_000 })).rejects.toThrow(
      `${address} closed the connection before it had answered: try again`,
    );
  });

  it.each(['', 'runtime', '127.0.0.1:99999'])('fails for an address that is none: %j', async (address) => {
    await expect(connectRuntime({ address })).rejects.toThrow(/cliUrl/);
  });
});
