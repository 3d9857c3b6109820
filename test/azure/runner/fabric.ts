import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { json } from 'node:stream/consumers';

import { command } from '../../cluster/node/command.js';

import { addNamespace, ip, namespaceName, removeNamespace } from './namespaces.js';

const RELAY = path.resolve('test/azure/runner/relay.mjs');
/** Next hop of every group; each has it at the other end of its own cable. */
const NEXT_HOP = '169.254.1.1';
/** Where groups find Azure: its metadata, and everything that has a name. */
const METADATA = '169.254.169.254';
export const AZURE_ADDRESS = '168.63.129.16';

/** What a probe has met. */
export interface Probed {
  /** Status of the answer; 0 without one. */
  readonly status: number;
  readonly why?: string;
}

/**
 * The network that container groups are in: a namespace of its own that routes between them, as Azure's does. The
 * network of the machine has no part in it.
 */
export class Fabric {
  readonly namespace = namespaceName('fabric');
  readonly #relay: ChildProcess;
  #groups = 0;

  private constructor(readonly sockets: string) {
    this.#relay = spawn(
      'setpriv',
      ['--pdeathsig=KILL', 'ip', 'netns', 'exec', this.namespace, process.execPath, RELAY, sockets],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    );
  }

  /** @param sockets Folder with `identity.sock` and `tls.sock`, where the stand-in listens */
  static async start(sockets: string): Promise<Fabric> {
    const namespace = namespaceName('fabric');
    await addNamespace(namespace);
    for (const address of [METADATA, AZURE_ADDRESS])
      await ip('-n', namespace, 'addr', 'add', `${address}/32`, 'dev', 'lo');
    await ip('netns', 'exec', namespace, 'sysctl', '-qw', 'net.ipv4.ip_forward=1');
    const fabric = new Fabric(sockets);
    const ended = once(fabric.#relay, 'exit').then(() => {
      throw new Error('the relay of the container groups ended');
    });
    await Promise.race([once(fabric.#relay.stdout!, 'data'), ended]);
    ended.catch(() => undefined);
    return fabric;
  }

  /** Plugs in a group. @returns its network namespace */
  async connect(address: string): Promise<string> {
    const number = (this.#groups += 1);
    const [namespace, cable] = [namespaceName(number), `v${number}`];
    await addNamespace(namespace);
    const fabric = (...args: string[]) => ip('-n', this.namespace, ...args);
    const group = (...args: string[]) => ip('-n', namespace, ...args);
    await fabric('link', 'add', cable, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', namespace);
    await fabric('addr', 'add', `${NEXT_HOP}/32`, 'dev', cable);
    await fabric('link', 'set', cable, 'up');
    await group('addr', 'add', `${address}/32`, 'dev', 'eth0');
    await group('link', 'set', 'eth0', 'up');
    await group('route', 'add', NEXT_HOP, 'dev', 'eth0', 'scope', 'link');
    await group('route', 'add', 'default', 'via', NEXT_HOP, 'dev', 'eth0');
    await fabric('route', 'add', `${address}/32`, 'dev', cable);
    return namespace;
  }

  disconnect(namespace: string): Promise<void> {
    return removeNamespace(namespace);
  }

  /** Lets through what these rules of nftables say, and nothing else. */
  async enforce(rules: string): Promise<void> {
    const file = path.join(this.sockets, 'rules.nft');
    writeFileSync(file, rules);
    await command('ip', ['netns', 'exec', this.namespace, 'nft', '-f', file], { timeoutMs: 10_000 });
  }

  /** Asks a group for a URL, as the platform's own probes do. */
  async probe(url: string, timeoutMs: number): Promise<Probed> {
    const query = new URLSearchParams({ url, timeout: String(timeoutMs) });
    const request = http.get({ socketPath: path.join(this.sockets, 'probe.sock'), path: `/?${query}` });
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    return (await json(response)) as Probed;
  }

  async stop(): Promise<void> {
    const ended = once(this.#relay, 'exit');
    this.#relay.stdin!.end();
    await ended;
    await removeNamespace(this.namespace);
  }
}
