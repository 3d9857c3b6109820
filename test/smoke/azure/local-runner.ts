import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { IMAGE } from '../../../topology/index.js';
import type { GroupRunner, RunningGroup } from '../../azure/stand-in/arm/container-groups/groups.js';
import type { GroupLife } from '../../azure/stand-in/arm/container-groups/life.js';
import type { Container, GroupProperties } from '../../azure/stand-in/arm/container-groups/model.js';
import type { Resource } from '../../azure/stand-in/arm/store.js';
import type { AzureStandIn } from '../../azure/stand-in/index.js';

/** Runs the program of a group of the suite as a process of this machine, with the identity of the group. */
export class LocalRunner implements GroupRunner {
  constructor(readonly standIn: AzureStandIn) {}

  async start(group: Resource, life: GroupLife): Promise<RunningGroup> {
    const { containers, volumes = [] } = group.body.properties as GroupProperties;
    const [container] = containers as [Container];
    const { command = [], environmentVariables = [] } = container.properties;
    const directory = mkdtempSync(path.join(os.tmpdir(), 'copilot-runtimes-group-'));
    for (const [name, content] of volumes.flatMap(({ secret }) => Object.entries(secret ?? {}))) {
      writeFileSync(path.join(directory, name), Buffer.from(String(content), 'base64'));
    }
    const [identity] = Object.keys(group.body.identity?.userAssignedIdentities ?? {});
    const env = await this.standIn.openGroup([this.standIn.directory.identityOf(identity!)!]);
    const args = command.slice(IMAGE.init.length).map((arg) => this.#here(arg, directory));
    const child = spawn(args[0]!, args.slice(1), {
      env: {
        PATH: process.env.PATH,
        ...env,
        ...Object.fromEntries(environmentVariables.map(({ name, value }) => [name, value])),
      },
    });
    life.started(container);
    return follow(child, directory, container, life);
  }

  /** There is no image: what it would have lies in this checkout, and the volume in a directory. */
  #here(arg: string, directory: string): string {
    return arg
      .replace(/^\/app\//, `${process.cwd()}/`)
      .replace(/^\/etc\/copilot-runtimes\//, `${directory}/`);
  }
}

function follow(child: ChildProcess, directory: string, container: Container, life: GroupLife): RunningGroup {
  let log = '';
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.setEncoding('utf8').on('data', (text: string) => (log += text));
  }
  const ended = once(child, 'close').then(() => {
    rmSync(directory, { recursive: true, force: true });
    life.ended(container, child.exitCode ?? 137, false);
  });
  return {
    logs: () => log,
    async stop() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
