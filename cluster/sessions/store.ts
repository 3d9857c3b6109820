import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createGunzip, createGzip } from 'node:zlib';

import type { FileDigest, SendOptions, SessionStore } from '../../backup/store.js';
import type { Cluster } from '../connection.js';

import { askKeeper, runKeeper } from './keeper.js';
import type { PlacedRuntime } from './pod.js';

/** Sessions on the volume of a pod: reached through the container that has it mounted, for nobody else can mount it. */
export class PodStore implements SessionStore {
  constructor(
    private readonly cluster: Cluster,
    private readonly placed: PlacedRuntime,
  ) {}

  get runtime(): string {
    return this.placed.runtime;
  }

  send({ prefix, waitSeconds }: SendOptions): Readable {
    const sessions = createGunzip();
    const args = [...['--prefix', prefix], ...['--wait', String(waitSeconds)]];
    runKeeper(this.cluster, this.placed, ['send', ...args, '--port', String(this.placed.port)], {
      stdout: sessions,
    }).catch((error: Error) => sessions.destroy(error));
    return sessions;
  }

  async look(ids: readonly string[]): Promise<Record<string, readonly FileDigest[]>> {
    const stdin = Readable.from([Buffer.from(`${JSON.stringify(ids)}\n`)]);
    const found = await askKeeper<Record<string, FileDigest[]>>(this.cluster, this.placed, ['look'], stdin);
    return found ?? {};
  }

  async receive(tenant: string, sessions: Readable): Promise<void> {
    const stdin = createGzip({ level: constants.Z_BEST_SPEED });
    // What fails on its way here fails where it is read.
    pipeline(sessions, stdin).catch(() => undefined);
    await askKeeper(this.cluster, this.placed, ['receive', '--tenant', tenant], stdin);
  }
}
