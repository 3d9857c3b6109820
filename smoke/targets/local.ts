import { readFile } from 'node:fs/promises';
import path from 'node:path';

import { connectRuntime } from '../../client/index.js';
import {
  localFiles,
  type Endpoint,
  type Manifest,
  type RuntimeId,
  type SecretPlace,
} from '../../topology/index.js';
import { parseLocalEndpoint, type LocalEndpoint } from '../../topology/local-endpoint.js';

import { TargetError } from './target-error.js';
import type { Target } from './target.js';

/** Runtimes that `copilot-runtimes up` keeps on this machine. */
export class LocalTarget implements Target {
  readonly kind = 'local';
  readonly #directory: string;

  /** @param manifestFile everything else lies relative to it */
  constructor(
    readonly manifest: Manifest,
    manifestFile: string,
  ) {
    this.#directory = path.dirname(path.resolve(manifestFile));
  }

  async address(runtime: string): Promise<string> {
    return `127.0.0.1:${(await this.#endpoint(runtime)).port}`;
  }

  async gateway(): Promise<string> {
    const { gateway } = this.manifest;
    if (!gateway) throw new TargetError('the manifest has no gateway: its topology has no pool');
    return `127.0.0.1:${(await this.#running('the gateway', gateway.endpoint)).port}`;
  }

  async standIn(runtime: string): Promise<string | undefined> {
    const { standInPort } = await this.#endpoint(runtime);
    return standInPort === undefined ? undefined : `http://127.0.0.1:${standInPort}`;
  }

  async secret(place: SecretPlace): Promise<string> {
    if (place.kind !== 'file')
      throw new TargetError(`a local manifest cannot keep secrets in a ${place.kind}`);
    const file = path.join(this.#directory, place.path);
    return readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      throw new TargetError(`cannot read ${file} (${error.code}): run "copilot-runtimes up" again`);
    });
  }

  home(runtime: string): string {
    return path.join(this.#directory, this.#runtime(runtime).expect.home);
  }

  async log(runtime: string): Promise<string> {
    return readFile(path.join(this.#directory, localFiles(runtime as RuntimeId).log), 'utf8');
  }

  connect = connectRuntime;

  async close(): Promise<void> {
    // Nothing is held open between two calls.
  }

  #runtime(runtime: string) {
    const found = this.manifest.runtimes[runtime];
    if (!found) throw new TargetError(`the manifest has no runtime ${runtime}`);
    return found;
  }

  async #endpoint(runtime: string): Promise<LocalEndpoint> {
    return this.#running(runtime, this.#runtime(runtime).endpoint);
  }

  async #running(what: string, endpoint: Endpoint): Promise<LocalEndpoint> {
    if (endpoint.kind !== 'local') throw new TargetError(`${what} has no local endpoint in the manifest`);
    const file = path.join(this.#directory, endpoint.file);
    const found = parseLocalEndpoint(await readFile(file, 'utf8').catch(() => ''));
    if (found) return found;
    throw new TargetError(`${what} is not running: start it with "copilot-runtimes up --keep"`);
  }
}
