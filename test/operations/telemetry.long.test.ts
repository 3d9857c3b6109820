import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { text } from 'node:stream/consumers';

import { describe, expect, it } from '@jest/globals';

import { bringUp } from '../../local/index.js';
import { afterTest, temporaryDirectory } from '../support/cleanup.js';
import { runtimePid } from '../support/processes.js';
import { ask, clientOf, sessionConfig } from '../support/runtime-client.js';
import { planOf } from '../support/topology.js';
import { waitFor } from '../support/wait.js';

const ACME = 'tenant/acme';
const REPLY = 'the-merger-with-globex';

/** Turns after which it would show that something is kept for a collector that is away. */
const TURNS = 24;

interface Export {
  readonly resourceSpans?: readonly {
    readonly resource: {
      readonly attributes: readonly {
        readonly key: string;
        readonly value: { readonly stringValue?: string };
      }[];
    };
    readonly scopeSpans: readonly { readonly spans: readonly { readonly name: string }[] }[];
  }[];
}

/** As much of a collector as takes what it is sent: OTLP over HTTP, in JSON. */
async function collector() {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      bodies.push(body);
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  const stop = () => {
    server.closeAllConnections();
    server.close();
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterTest(stop);
  const spans = () =>
    bodies
      .map((body) => JSON.parse(body) as Export)
      .flatMap(({ resourceSpans = [] }) => resourceSpans)
      .flatMap(({ resource, scopeSpans }) => {
        const of = Object.fromEntries(
          resource.attributes.map(({ key, value }) => [key, value.stringValue] as const),
        );
        return scopeSpans.flatMap((scope) => scope.spans.map(({ name }) => ({ name, of })));
      });
  return { port: (server.address() as AddressInfo).port, bodies, spans, stop };
}

async function portOfNobody(): Promise<number> {
  const { port, stop } = await collector();
  stop();
  return port;
}

async function portOfTheSilent(): Promise<number> {
  const server = createServer(() => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterTest(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** A runtime that sends its telemetry there, and a session in it. */
async function runtimeSending(port: number) {
  const root = temporaryDirectory();
  const otlp = { endpoint: `http://127.0.0.1:${port}` };
  const deployment = await bringUp(planOf({ runtime: { integrationId: 'test', telemetry: { otlp } } }), {
    stateRoot: root,
  });
  afterTest(() => deployment.stop());
  const state = deployment.stateDirectory;
  const session = await (await clientOf(state, ACME)).createSession(sessionConfig(state, ACME));
  return { session, pid: runtimePid(root, ACME)!, state };
}

const openFiles = (pid: number) => readdirSync(`/proc/${pid}/fd`).length;
const memoryMiB = (pid: number) =>
  Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024;

describe('the telemetry of a runtime', () => {
  it('says whose it is, and nothing of what was said', async () => {
    const { port, bodies, spans } = await collector();
    const { session, state } = await runtimeSending(port);
    expect(await ask(session, { reply: REPLY })).toBe(REPLY);
    const turn = await waitFor('the span of a turn', () => spans().find(({ name }) => /^chat /.test(name)));
    expect(turn.of).toMatchObject({
      'tenant.id': 'acme',
      'runtime.id': ACME,
      'service.name': 'copilot-runtime',
    });
    const sent = bodies.join('\n');
    expect(sent).not.toContain(REPLY);
    expect(sent).not.toContain(
      readFileSync(path.join(state, ACME, 'secrets/connection-token'), 'utf8').trim(),
    );
    // What was looked for can be found: the history has it.
    expect(JSON.stringify(await session.getEvents())).toContain(REPLY);
  });

  it.each<[string, () => Promise<number>]>([
    ['refuses connections', portOfNobody],
    ['takes connections and never answers', portOfTheSilent],
  ])('may go to a collector that %s: turns do not notice, and nothing piles up', async (_, port) => {
    const { session, pid } = await runtimeSending(await port());
    const turns = async (count: number) => {
      for (let turn = 0; turn < count; turn++) expect(await ask(session, { reply: REPLY })).toBe(REPLY);
    };
    await turns(TURNS / 4);
    const before = { files: openFiles(pid), memory: memoryMiB(pid) };
    const begun = performance.now();
    await turns(TURNS);
    // No turn waits for an export, or for one that is tried again.
    expect((performance.now() - begun) / TURNS).toBeLessThan(2000);
    expect(openFiles(pid)).toBeLessThan(before.files + 5);
    expect(memoryMiB(pid)).toBeLessThan(before.memory + 32);
  });
});
