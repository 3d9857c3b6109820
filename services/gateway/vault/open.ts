import path from 'node:path';

import { openVault } from '../../key-vault/open.js';
import type { Log } from '../log.js';

import { SecretFiles } from './files.js';
import { VaultMirror } from './mirror.js';
import type { GatewaySettings } from './settings.js';

/** A mirror of the vault beside the configuration file, not started yet. */
export function openMirror(
  { vault, identity, configSecret, pollMs }: NonNullable<GatewaySettings['vault']>,
  configFile: string,
  log: Log,
): VaultMirror {
  return new VaultMirror({
    vault: openVault(vault, identity),
    configSecret,
    files: new SecretFiles(path.dirname(configFile)),
    configFile: path.basename(configFile),
    pollMs,
    log,
  });
}
