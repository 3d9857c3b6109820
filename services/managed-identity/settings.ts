import { HOST_ENV } from '../../topology/host-contract.js';

/** The DNS record set that leads to a container. */
export interface RecordSettings {
  /** Resource id. */
  readonly id: string;
  /** Client id of the identity that may change it. */
  readonly identity: string;
  /** URL of Azure Resource Manager, without a trailing slash. */
  readonly resourceManager: string;
}

/** What a program in a container group is told of Azure. */
export interface AzureSettings {
  /** Client id of the identity that it has. */
  readonly identity: string;
  /** URL of the Key Vault with its secrets. @default - they are files */
  readonly vault?: string;
  /** The DNS record set that leads to it. @default - none */
  readonly record?: RecordSettings;
  /** How long a role, an identity or a network that is not there yet is waited for, in milliseconds. */
  readonly patienceMs: number;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** One A record set of a private zone, and nothing below it. */
const RECORD_SET =
  /^\/subscriptions\/[^/?#]+\/resourceGroups\/[^/?#]+\/providers\/Microsoft\.Network\/privateDnsZones\/[^/?#]+\/A\/[^/?#]+$/i;

const PUBLIC = 'https://management.azure.com';

/** Azure Resource Manager of clouds besides the public one, by how the names of their vaults end. */
const CLOUDS: Readonly<Record<string, string>> = {
  '.vault.usgovcloudapi.net': 'https://management.usgovcloudapi.net',
  '.vault.azure.cn': 'https://management.chinacloudapi.cn',
};

const DEFAULT_PATIENCE_SECONDS = '600';

/** Reads the settings and appends what is wrong with them to `mistakes`; undefined outside of Azure. */
export function readAzure(env: NodeJS.ProcessEnv, mistakes: string[]): AzureSettings | undefined {
  const [vault, record, identity] = [env[HOST_ENV.keyVault], env[HOST_ENV.dnsRecord], env[HOST_ENV.identity]];
  const user = vault ? HOST_ENV.keyVault : record ? HOST_ENV.dnsRecord : undefined;
  if (user === undefined) {
    if (identity) {
      mistakes.push(
        `${HOST_ENV.identity} is set, but nothing that it is for: set ${HOST_ENV.keyVault} or ${HOST_ENV.dnsRecord} too, or remove it`,
      );
    }
    return undefined;
  }
  const invalid = (name: string, expected: string, got: string | undefined, example: string) => {
    mistakes.push(
      `${name} must be ${expected}, got ${got ? JSON.stringify(got.slice(0, 200)) : 'nothing'}: use ${example}`,
    );
  };
  if (!identity || !UUID.test(identity)) {
    const example = `the one of an identity of the container group, which ${user} is used with`;
    invalid(HOST_ENV.identity, 'a client id (UUID)', identity, example);
  }
  if (vault && !isVault(vault)) {
    invalid(HOST_ENV.keyVault, 'the URL of a vault', vault, 'for example https://acme.vault.azure.net/');
  }
  if (record && !RECORD_SET.test(record)) {
    invalid(
      HOST_ENV.dnsRecord,
      'the resource id of an A record set of a private DNS zone',
      record,
      'the id of azurerm_private_dns_a_record',
    );
  }
  const seconds = env[HOST_ENV.patience] || DEFAULT_PATIENCE_SECONDS;
  if (!/^\d{1,5}$/.test(seconds)) {
    invalid(HOST_ENV.patience, 'a number of seconds', seconds, DEFAULT_PATIENCE_SECONDS);
  }
  return {
    identity: identity ?? '',
    ...(vault && { vault }),
    ...(record && {
      record: { id: record, identity: identity ?? '', resourceManager: resourceManagerBeside(vault) },
    }),
    patienceMs: Number(seconds) * 1000,
  };
}

/** Azure Resource Manager of the cloud that a vault is in; the public one without a vault. */
function resourceManagerBeside(vault = ''): string {
  const [, manager] =
    Object.entries(CLOUDS).find(([suffix]) => vault.replace(/\/$/, '').endsWith(suffix)) ?? [];
  return manager ?? PUBLIC;
}

function isVault(text: string): boolean {
  try {
    const { protocol, pathname, search, username } = new URL(text);
    return protocol === 'https:' && pathname === '/' && search === '' && username === '';
  } catch {
    return false;
  }
}
