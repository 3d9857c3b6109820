import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { inspect } from 'node:util';

import { describe, expect, it } from '@jest/globals';
import WebSocket from 'ws';

import { GroupKeeper } from '../../azure/sessions/index.js';
import { backUp, restore } from '../../backup/index.js';
import { KeeperStore } from '../../backup/keeper/index.js';
import { CONTAINER, IMAGE } from '../../topology/index.js';
import { armOf } from '../arm/support/arm.js';
import { Files, kept } from '../operations/backup-fixture.js';
import { CONNECTION_TOKEN, environmentOf, keeperProgram } from '../operations/terminal-keeper.js';
import { temporaryDirectory } from '../support/cleanup.js';
import { Pty } from '../support/pty.js';

import type { GroupRunner } from './stand-in/arm/container-groups/groups.js';
import { GROUP_ID, type AzureStandIn } from './stand-in/index.js';
import { callArm } from './support/arm.js';
import { groupBody, groupId, makeLandscape, put } from './support/landscape.js';
import { startStandIn } from './support/stand-in.js';

const ID = groupId('copilot-acme');

/** A container that is nothing but a home: the programs of its image run on this machine. */
function runnerOf(files: Files, programs: Readonly<Record<string, string>>): GroupRunner {
  return {
    start: async ({ body }, life) => {
      for (const container of body.properties.containers as Parameters<typeof life.started>[0][]) {
        life.started(container);
        life.probed(container, true);
      }
      return {
        logs: () => '',
        terminal: (_container, program, events) =>
          new Pty(programs[program] ?? program, { env: environmentOf(files) }, events),
        stop: async () => undefined,
      };
    },
  };
}

/** A container group on Azure with the sessions of a tenant, and the store that reaches them. */
async function groupWith(files: Files, { programs = true } = {}) {
  const standIn = await startStandIn();
  standIn.groups.runner = runnerOf(files, programs ? { [IMAGE.terminalSessionKeeper]: keeperProgram() } : {});
  await put(standIn, ID, groupBody(await makeLandscape(standIn)));
  return { standIn, ...reaching(standIn) };
}

/** What somebody reaches; the deployer, unless said otherwise. */
function reaching(standIn: AzureStandIn, who = standIn.deployer) {
  const arm = armOf(standIn, who);
  const store = new KeeperStore(new GroupKeeper(arm, { runtime: 'tenant/acme', group: ID, port: 9 }));
  const common = { tenant: 'acme', prefix: '', stores: [store] };
  return {
    store,
    backUp: (file: string) => backUp({ ...common, topology: 'tiny', file, waitSeconds: 0 }),
    restore: (file: string) => restore({ ...common, file, directory: temporaryDirectory() }),
  };
}

const archiveIn = (directory = temporaryDirectory()) => path.join(directory, 'acme.tar.gz');

/** Why something is refused: never with what opens a terminal, nor the token of the runtime. */
async function refusal(standIn: AzureStandIn, promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => new Error('nothing is refused'),
    (reason: Error) => reason,
  );
  const opened = standIn.groups.terminals.issued.flatMap((one) => [one.password, new URL(one.webSocketUri)]);
  const secrets = opened.map((one) => (typeof one === 'string' ? one : one.pathname.split('/').at(-1)!));
  const everything = inspect(error, { depth: 10 });
  expect([CONNECTION_TOKEN, ...secrets].filter((secret) => everything.includes(secret))).toEqual([]);
  return error.message;
}

describe('a tenant in a container group', () => {
  it('is backed up through a terminal in it, and gets its sessions back', async () => {
    const [from, to] = [new Files().write(['one', 'two']), new Files()];
    const archive = archiveIn();
    const saved = await (await groupWith(from)).backUp(archive);
    expect(saved.sessions.map(({ id, files }) => [id, files.length])).toEqual([
      ['one', 3],
      ['two', 3],
    ]);
    const there = await groupWith(to);
    expect(await there.restore(archive)).toEqual({ sessions: 2, present: 0 });
    expect(await there.restore(archive)).toEqual({ sessions: 0, present: 2 });
    expect(kept(to.session('one'))).toEqual(kept(from.session('one')));
  });

  it('has no archive when the connection breaks off in the middle', async () => {
    const archive = archiveIn();
    writeFileSync(archive, 'the last archive');
    const files = new Files().write(Array.from({ length: 30 }, (_, n) => `session-${n}`));
    const { standIn, backUp: save } = await groupWith(files);
    standIn.groups.terminals.cutWhen = (_connection, characters) => characters > 10_000;
    expect(await refusal(standIn, save(archive))).toBe(
      'the connection to the container group of tenant/acme was lost: run it again',
    );
    expect(readFileSync(archive, 'utf8')).toBe('the last archive');
    expect(readdirSync(path.dirname(archive))).toEqual(['acme.tar.gz']);
  });

  it.each([
    ['as what is there is asked for', 0, 1],
    ['as sessions are sent', 1, 40],
    ['before the end is heard', 1, 70],
  ])('is restored as a whole or not at all when the connection breaks %s', async (_when, cut, after) => {
    const archive = archiveIn();
    await new Files().write(['one', 'two']).backUp(archive);
    const to = new Files();
    const { standIn, restore: bringBack } = await groupWith(to);
    const { terminals } = standIn.groups;
    terminals.cutWhen = (connection, characters) => connection === cut && characters >= after;
    expect(await refusal(standIn, bringBack(archive))).toMatch(/ was lost: run it again$/);
    terminals.cutWhen = () => false;
    const { sessions, present } = await bringBack(archive);
    expect(sessions + present).toBe(2);
    expect(readdirSync(path.join(to.directory, 'tenant/acme/home'))).toEqual(['session-state']);
    expect(to.ids()).toEqual(['one', 'two']);
  });
});

describe('a container group that does not help', () => {
  const STATUS = '"copilot-runtimes status --explain" tells why';

  it('because it is not there, or does not run', async () => {
    const { standIn, store } = await groupWith(new Files());
    await callArm(standIn, 'POST', `${ID}/stop`);
    expect(await refusal(standIn, store.look([]))).toBe(
      `the container group of tenant/acme does not run (Stopped): ${STATUS}`,
    );
    await callArm(standIn, 'POST', `${ID}/start`);
    const life = standIn.groups.life({ id: ID })!;
    const [container] = standIn.resources.find(({ id }) => id === ID)!.body.properties.containers as never[];
    life.ended(container!, 1, true);
    expect(await refusal(standIn, store.look([]))).toBe(
      `the container group of tenant/acme does not run (Running, Error): ${STATUS}`,
    );
    await callArm(standIn, 'DELETE', ID);
    expect(await refusal(standIn, store.look([]))).toBe(
      `there is no container group of tenant/acme (${ID}): ${STATUS}`,
    );
  });

  it('because of missing rights, is said with the right that is needed', async () => {
    const { standIn } = await groupWith(new Files());
    const operator = standIn.directory.addApplication();
    standIn.roles.assign(operator, 'Reader', GROUP_ID);
    const { store } = reaching(standIn, operator);
    expect(await refusal(standIn, store.look([]))).toBe(
      'may not start a program in the container group of tenant/acme: it needs the right Microsoft.ContainerInstance/containerGroups/containers/exec/action on that group, and Reader; a new role takes minutes',
    );
    standIn.roles.assign(operator, 'Azure Container Instances Contributor Role', GROUP_ID);
    expect(await store.look([])).toEqual({});
  });

  it('because its image is older', async () => {
    const { standIn, store } = await groupWith(new Files(), { programs: false });
    expect(await refusal(standIn, store.look([]))).toMatch(
      /^\/app\/bin\/session-keeper of the image of tenant\/acme did not start \(it said: .*not found\): deploy an image of this version of copilot-runtimes$/,
    );
  });

  it('because Azure refuses, or its terminal cannot be reached', async () => {
    const { standIn, store } = await groupWith(new Files());
    const exec = ({ path: asked }: { path: string }) => asked.endsWith('/exec');
    const answer = {
      status: 409,
      body: { error: { code: 'ContainerGroupTransitioning', message: 'Later.' } },
    };
    const lift = standIn.faults.add({ when: exec, answer });
    expect(await refusal(standIn, store.look([]))).toBe(
      'cannot ask for copilot-runtime/exec: 409 ContainerGroupTransitioning: Later',
    );
    lift();
    const other = standIn.faults.add({ when: exec, answer: { status: 200, body: { password: 'x' } } });
    expect(await refusal(standIn, store.look([]))).toBe(
      'Azure gives no terminal in container group copilot-acme: run it again',
    );
    other();
    const { webSocketUri } = standIn.groups.terminals.issue(() => ({ send: () => 0, close: () => 0 }));
    const nowhere = { webSocketUri: webSocketUri.replace(/\/[^/]*$/, '/elsewhere'), password: 'x' };
    standIn.faults.add({ when: exec, answer: { status: 200, body: nowhere } });
    expect(await refusal(standIn, store.look([]))).toBe(
      'cannot reach the terminal in container group copilot-acme (status 404): let TCP 19390 to Azure out of your network',
    );
  });
});

describe('the stand-in', () => {
  const exec = async (standIn: AzureStandIn, command: string) => {
    const { body } = await callArm(standIn, 'POST', `${ID}/containers/${CONTAINER.name}/exec`, { command });
    return body as unknown as { webSocketUri: string; password: string };
  };

  /** Everything that a terminal says until its connection is closed, and how it is closed. */
  async function hear(standIn: AzureStandIn, webSocketUri: string, messages: readonly string[]) {
    const socket = new WebSocket(webSocketUri, { agent: standIn.agent });
    let said = '';
    socket.on('message', (data) => (said += (data as Buffer).toString()));
    socket.on('open', () => messages.forEach((message) => socket.send(message)));
    const code = await new Promise((resolve) => socket.once('close', resolve));
    return { said, code };
  }

  it('takes arguments for part of the name of a program, as Azure does', async () => {
    const { standIn } = await groupWith(new Files());
    const { webSocketUri, password } = await exec(standIn, 'echo FOO');
    const { said } = await hear(standIn, webSocketUri, [password]);
    expect(said).toMatch(/echo FOO: not found/);
  });

  it('opens a terminal to nobody without its password, and once', async () => {
    const { standIn } = await groupWith(new Files());
    const { webSocketUri } = await exec(standIn, '/bin/sh');
    expect(await hear(standIn, webSocketUri, ['guess', 'id\n'])).toEqual({ said: '', code: 1008 });
    const again = new WebSocket(webSocketUri, { agent: standIn.agent });
    const [refused] = (await new Promise((resolve) => again.once('error', (error) => resolve([error])))) as [
      Error,
    ];
    expect(refused.message).toBe('Unexpected server response: 404');
  });

  it('has real terminals, and passes on what Azure passes on of a message', async () => {
    const { standIn } = await groupWith(new Files());
    const { webSocketUri, password } = await exec(standIn, '/bin/sh');
    const { said } = await hear(standIn, webSocketUri, [password, `tty; echo ${'x'.repeat(60)}`, '\nexit\n']);
    expect(said).toMatch(/\/dev\/pts\/\d+\r\n/);
    expect(said).toMatch(/^x{40}\r$/m);
  });
});
