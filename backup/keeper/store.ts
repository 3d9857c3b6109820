import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createGunzip, createGzip } from 'node:zlib';

import type { FileDigest, SendOptions, SessionStore } from '../store.js';

import { askKeeper, type Keeper } from './keeper.js';

/** Sessions on a volume that only one container has mounted: reached through that. */
export class KeeperStore implements SessionStore {
  constructor(private readonly keeper: Keeper) {}

  get runtime(): string {
    return this.keeper.runtime;
  }

  send({ prefix, waitSeconds }: SendOptions): Readable {
    const sessions = createGunzip();
    const args = [...['--prefix', prefix], ...['--wait', String(waitSeconds)]];
    this.keeper
      .run(['send', ...args, '--port', String(this.keeper.port)], { stdout: sessions })
      .catch((error: Error) => sessions.destroy(error));
    return sessions;
  }

  async look(ids: readonly string[]): Promise<Record<string, readonly FileDigest[]>> {
    const stdin = Readable.from([Buffer.from(`${JSON.stringify(ids)}\n`)]);
    const found = await askKeeper<Record<string, FileDigest[]>>(this.keeper, ['look'], stdin);
    return found ?? {};
  }

  async receive(tenant: string, sessions: Readable): Promise<void> {
    const stdin = createGzip({ level: constants.Z_BEST_SPEED });
    // What fails on its way here fails where it is read.
    pipeline(sessions, stdin).catch(() => undefined);
    await askKeeper(this.keeper, ['receive', '--tenant', tenant], stdin);
  }
}
