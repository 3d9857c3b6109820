import { randomUUID } from 'node:crypto';

/** One version of a secret, as the data plane has it. */
export interface SecretVersion {
  readonly version: string;
  readonly value: string;
  readonly contentType?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly attributes: SecretAttributes;
}

export interface SecretAttributes {
  readonly enabled: boolean;
  /** Seconds of the epoch. */
  readonly created: number;
  readonly updated: number;
  readonly exp?: number;
  readonly nbf?: number;
}

/** What of a secret somebody sets. */
export interface SecretChange {
  readonly value?: string;
  readonly contentType?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly attributes?: Partial<Pick<SecretAttributes, 'enabled' | 'exp' | 'nbf'>>;
}

/** The secrets of a vault with soft delete, newest version last. */
export class Secrets {
  readonly live = new Map<string, SecretVersion[]>();
  readonly deleted = new Map<string, SecretVersion[]>();

  /** The newest version, or a certain one. */
  get(name: string, version?: string): SecretVersion | undefined {
    const versions = this.live.get(name);
    return version ? versions?.find((one) => one.version === version) : versions?.at(-1);
  }

  /** Adds a version. */
  set(name: string, change: SecretChange & { readonly value: string }): SecretVersion {
    const now = Math.floor(Date.now() / 1000);
    const added: SecretVersion = {
      version: randomUUID().replaceAll('-', ''),
      value: change.value,
      ...(change.contentType === undefined ? {} : { contentType: change.contentType }),
      ...(change.tags === undefined ? {} : { tags: change.tags }),
      attributes: { enabled: true, created: now, updated: now, ...change.attributes },
    };
    this.live.set(name, [...(this.live.get(name) ?? []), added]);
    return added;
  }

  /** Changes what is said about a version, never its value. */
  update(name: string, version: string | undefined, change: SecretChange): SecretVersion | undefined {
    const versions = this.live.get(name);
    const before = this.get(name, version);
    if (!versions || !before) return undefined;
    const { contentType = before.contentType, tags = before.tags } = change;
    const after: SecretVersion = {
      ...before,
      ...(contentType === undefined ? {} : { contentType }),
      ...(tags === undefined ? {} : { tags }),
      attributes: {
        ...before.attributes,
        ...change.attributes,
        updated: Math.floor(Date.now() / 1000),
      },
    };
    versions[versions.indexOf(before)] = after;
    return after;
  }

  delete(name: string): SecretVersion | undefined {
    return move(name, this.live, this.deleted);
  }

  recover(name: string): SecretVersion | undefined {
    return move(name, this.deleted, this.live);
  }

  purge(name: string): boolean {
    return this.deleted.delete(name);
  }
}

function move(
  name: string,
  from: Map<string, SecretVersion[]>,
  to: Map<string, SecretVersion[]>,
): SecretVersion | undefined {
  const versions = from.get(name);
  if (!versions) return undefined;
  from.delete(name);
  to.set(name, versions);
  return versions.at(-1);
}
