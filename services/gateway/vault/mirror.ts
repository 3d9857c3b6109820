import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

import type { GatewayConfig } from '../../../topology/gateway-contract.js';
import type { Vault } from '../../key-vault/vault.js';
import { AzureFailure } from '../../managed-identity/failure.js';
import { persist } from '../../managed-identity/patience.js';
import { parseConfig } from '../config.js';
import { messageOf } from '../errors.js';
import type { Log } from '../log.js';

import type { SecretFiles } from './files.js';

/** Every secret is read again after this time, for somebody may have written a value by hand. In milliseconds. */
const RECHECK_MS = 300_000;

/** Reads at once and their pace: 100 a second, of the 400 that a vault answers to all of its readers. */
const PACE = { reads: 20, everyMs: 200 } as const;

/** Largest configuration that is unpacked, in bytes. */
const MAX_CONFIG_BYTES = 8 * 1024 * 1024;

export interface VaultMirrorProps {
  readonly vault: Pick<Vault, 'read'>;
  /** Name of the secret with the configuration. */
  readonly configSecret: string;
  readonly files: SecretFiles;
  /** Name of the configuration file among them. */
  readonly configFile: string;
  readonly log: Pick<Log, 'info' | 'warn'>;
  /** Between two looks at the configuration, in milliseconds. */
  readonly pollMs: number;
  /** Between two readings of every secret, in milliseconds. @default 300_000 */
  readonly recheckMs?: number;
}

type Entry = NonNullable<GatewayConfig['keyVaultFiles']>[string];

/** What is known of a file. */
interface Known extends Entry {
  /** Of the secret that was read. */
  readonly version: string;
}

/**
 * Keeps the gateway's files as the vault has them, as the Secrets Store CSI driver does on Kubernetes: the gateway
 * itself knows files only. What was known stays while the vault cannot be reached; a secret that is gone or disabled
 * takes its file with it.
 */
export class VaultMirror {
  readonly #props: Required<VaultMirrorProps>;
  readonly #stop = new AbortController();
  readonly #known = new Map<string, Known>();
  readonly #complaints = new Map<string, string>();
  /** Files whose revision rose before their value changed: whoever deploys may write the one after the other. */
  readonly #raised = new Set<string>();
  #configVersion: string | undefined;
  #entries: Readonly<Record<string, Entry>> = {};
  #recheckedAt = 0;

  constructor(props: VaultMirrorProps) {
    this.#props = { recheckMs: RECHECK_MS, ...props };
  }

  /**
   * Waits for the configuration and reads what it names, once; then follows both until closed.
   *
   * @param onWaiting told what is waited for, once for each reason
   * @throws {ConfigError} when the configuration cannot be used; {AzureFailure} when it cannot be had for so long
   */
  async start(patienceMs: number, onWaiting: (reason: string) => void): Promise<void> {
    const { files, configSecret } = this.#props;
    await files.open();
    const { signal } = this.#stop;
    const found = await persist(() => this.#props.vault.read(configSecret), {
      forMs: patienceMs,
      onWaiting: ({ message }) => onWaiting(message),
      signal,
    });
    await this.#takeUp(found);
    this.#recheckedAt = performance.now();
    void this.#follow();
  }

  close(): void {
    this.#stop.abort();
  }

  async #follow(): Promise<void> {
    const { vault, configSecret, pollMs, recheckMs } = this.#props;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await delay(pollMs, undefined, { signal, ref: false }).catch(() => undefined);
      if (signal.aborted) return;
      try {
        await this.#takeUp(await vault.read(configSecret));
        this.#complaints.delete(configSecret);
      } catch (error) {
        this.#complain(configSecret, error, 'the configuration in force stays');
      }
      if (performance.now() - this.#recheckedAt >= recheckMs) {
        this.#recheckedAt = performance.now();
        await this.#read(Object.keys(this.#entries));
      }
    }
  }

  /** Secrets first, for the configuration that is written last speaks of them. */
  async #takeUp({ value, version }: { readonly value: string; readonly version: string }): Promise<void> {
    const { files, configFile, configSecret, log } = this.#props;
    const changed = version !== this.#configVersion;
    let text = '';
    if (changed) {
      text = await unpack(value);
      this.#entries = parseConfig(text, `the secret ${configSecret}`).keyVaultFiles ?? {};
    }
    await this.#read(Object.keys(this.#entries).filter((name) => this.#isDue(name)));
    if (!changed) return;
    await files.write(configFile, text);
    this.#configVersion = version;
    for (const name of this.#known.keys()) if (!Object.hasOwn(this.#entries, name)) await this.#forget(name);
    log.info({ version, files: Object.keys(this.#entries).length }, 'took up the configuration of the vault');
  }

  #isDue(name: string): boolean {
    const [known, entry] = [this.#known.get(name), this.#entries[name]];
    if (this.#raised.has(name)) return true;
    return known?.secret !== entry?.secret || known?.revision !== entry?.revision;
  }

  async #read(names: readonly string[]): Promise<void> {
    for (let at = 0; at < names.length && !this.#stop.signal.aborted; at += PACE.reads) {
      const last = at + PACE.reads >= names.length;
      await Promise.all([
        ...names.slice(at, at + PACE.reads).map((name) => this.#readOne(name)),
        last ? undefined : delay(PACE.everyMs),
      ]);
    }
  }

  async #readOne(name: string): Promise<void> {
    const { vault, files } = this.#props;
    const entry = this.#entries[name]!;
    try {
      const before = this.#known.get(name);
      const { value, version } = await vault.read(entry.secret);
      if (version !== before?.version) {
        await files.write(name, value);
        this.#raised.delete(name);
      } else if (entry.revision !== before.revision) {
        this.#raised.add(name);
      }
      this.#known.set(name, { ...entry, version });
      this.#complaints.delete(entry.secret);
    } catch (error) {
      const gone = error instanceof AzureFailure && error.missing === 'secret';
      if (gone) await this.#forget(name);
      this.#complain(entry.secret, error, gone ? 'what it was for ends' : 'what was known of it stays');
    }
  }

  async #forget(name: string): Promise<void> {
    this.#known.delete(name);
    this.#raised.delete(name);
    await this.#props.files.remove(name);
  }

  /** Once for each reason, for it is looked at every half minute. */
  #complain(secret: string, error: unknown, consequence: string): void {
    const reason = messageOf(error);
    if (this.#complaints.get(secret) === reason) return;
    this.#complaints.set(secret, reason);
    this.#props.log.warn({ reason }, `cannot mirror a secret: ${consequence}`);
  }
}

/** The configuration as it is, or out of base64 and gzip. */
async function unpack(value: string): Promise<string> {
  if (value.trimStart().startsWith('{')) return value;
  const packed = Buffer.from(value, 'base64');
  const text = await promisify(gunzip)(packed, { maxOutputLength: MAX_CONFIG_BYTES }).catch(() => undefined);
  return text?.toString('utf8') ?? value;
}
