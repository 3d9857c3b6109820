import { readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** A row of the table "Rooms, and who may import whom" in the design. */
interface Room {
  readonly folder: string;
  /** Other folders of ours. */
  readonly ours: readonly string[];
  /** Packages of a kind that not every room may use. */
  readonly uses?: readonly Special[];
  /** Built-in modules of Node.js; all, unless said otherwise. */
  readonly builtins?: readonly string[];
}

/** Kinds of packages that decide what a room is. */
const SPECIAL = {
  cdktf: /^(cdktf|constructs)(\/|$)/,
  kubernetesProvider: /^@cdktf\/provider-kubernetes(\/|$)/,
  azureProvider: /^@cdktf\/provider-(azurerm|azuread)(\/|$)/,
  sdk: /^@github\/copilot-sdk(\/|$)/,
  kubernetesApi: /^@kubernetes\/client-node(\/|$)/,
  azureApi: /^@azure\//,
} as const;
type Special = keyof typeof SPECIAL;

/** What the programs of a container group use of Azure, and load there only. */
const ON_AZURE = ['services/managed-identity', 'services/key-vault', 'services/dns-record'] as const;

/** Deepest folder first. */
const ROOMS: readonly Room[] = [
  { folder: 'topology', ours: [], builtins: ['node:crypto', 'node:zlib'] },
  { folder: 'constructs/common', ours: ['topology'], uses: ['cdktf'] },
  {
    folder: 'constructs/kubernetes',
    ours: ['topology', 'constructs/common'],
    uses: ['cdktf', 'kubernetesProvider'],
  },
  { folder: 'constructs/azure', ours: ['topology', 'constructs/common'], uses: ['cdktf', 'azureProvider'] },
  {
    folder: 'stacks',
    ours: ['topology', 'constructs'],
    uses: ['cdktf', 'kubernetesProvider', 'azureProvider'],
  },
  { folder: 'render', ours: ['topology', 'constructs', 'stacks'], uses: ['cdktf', 'kubernetesApi'] },
  { folder: 'diagnosis', ours: [], builtins: [] },
  { folder: 'backup', ours: ['topology'] },
  { folder: 'cluster', ours: ['topology', 'diagnosis', 'backup'], uses: ['kubernetesApi'] },
  { folder: 'azure', ours: ['topology', 'diagnosis', 'backup'], uses: ['azureApi'] },
  { folder: 'services/common', ours: ['topology'] },
  { folder: 'services/managed-identity', ours: ['topology'], uses: ['azureApi'] },
  { folder: 'services/key-vault', ours: ['services/managed-identity'], uses: ['azureApi'] },
  { folder: 'services/dns-record', ours: ['topology', 'services/managed-identity'], uses: ['azureApi'] },
  { folder: 'services/runtime-host', ours: ['topology', 'services/common', ...ON_AZURE], uses: ['sdk'] },
  {
    folder: 'services/session-keeper',
    ours: ['topology', 'backup', 'services/runtime-host', 'services/managed-identity'],
  },
  {
    folder: 'services/gateway',
    ours: ['topology', 'services/common', 'client/locks', ...ON_AZURE],
    uses: ['kubernetesApi'],
  },
  { folder: 'client', ours: ['topology'], uses: ['sdk', 'kubernetesApi', 'azureApi'] },
  { folder: 'local', ours: ['topology', 'diagnosis'] },
  {
    folder: 'smoke',
    ours: ['topology', 'client', 'cluster', 'azure'],
    uses: ['sdk', 'kubernetesApi', 'azureApi'],
  },
];
/** May import everything. */
const FREE = ['cli', 'test', 'bench'];

const inside = (file: string, folder: string) => file === folder || file.startsWith(`${folder}/`);

/** Module specifiers of a file: import, export from, import(), import type and import("…").X. */
function importsOf(text: string): string[] {
  return ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName);
}

/** What is wrong with the imports of a file; its path is relative to the root, with `/`. */
function forbidden(file: string, text: string): string[] {
  const free = FREE.some((folder) => inside(file, folder));
  const room = ROOMS.find(({ folder }) => inside(file, folder));
  if (!room && !free) return [`${file} stands in no room of the design`];
  return importsOf(text).flatMap((specifier) => {
    const why = barrel(specifier) ?? (room && refusal(room, file, specifier));
    return why === undefined ? [] : [`${file} imports ${specifier}: ${why}`];
  });
}

/** A barrel costs 1.5 to 2.8 s and 300 MB at every start. */
function barrel(specifier: string): string | undefined {
  return /^@cdktf\/provider-[^/]+(\/lib(\/index(\.js)?)?)?\/?$/.test(specifier)
    ? 'import providers deeply'
    : undefined;
}

function refusal(room: Room, file: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) {
    const target = path.posix.join(path.posix.dirname(file), specifier);
    const known = [room.folder, ...room.ours].some((folder) => inside(target, folder));
    return known ? undefined : `${room.folder} may import ${room.ours.join(', ') || 'nothing of ours'}`;
  }
  if (isBuiltin(specifier)) {
    if (room.builtins === undefined || room.builtins.includes(specifier)) return undefined;
    return `${room.folder} is pure: of Node.js it may import ${room.builtins.join(', ')}`;
  }
  const special = (Object.keys(SPECIAL) as Special[]).find((kind) => SPECIAL[kind].test(specifier));
  if (special === undefined) {
    return specifier.startsWith('@cdktf/') && !room.uses?.includes('cdktf') ? 'no cdktf here' : undefined;
  }
  return room.uses?.includes(special) ? undefined : `${room.folder} may not use it`;
}

const OUTSIDE = new Set(['node_modules', 'dist', 'docs', 'coverage', 'reports', 'examples']);

/** Our TypeScript files, relative to the root. */
function sources(): string[] {
  const folders = readdirSync(ROOT, { withFileTypes: true })
    .filter(
      (entry) =>
        entry.isDirectory() &&
        !entry.name.startsWith('.') &&
        !OUTSIDE.has(entry.name) &&
        !entry.name.startsWith('cdktf'),
    )
    .map(({ name }) => name);
  return folders.flatMap((folder) =>
    readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .map((name) => path.posix.join(folder, name.replaceAll('\\', '/')))
      .filter((name) => /\.m?ts$/.test(name) && !name.includes('/node_modules/')),
  );
}

describe('imports', () => {
  it('keep to the rooms of the design', () => {
    const files = sources();
    expect(files.length).toBeGreaterThan(30);
    expect(files.flatMap((file) => forbidden(file, readFileSync(path.join(ROOT, file), 'utf8')))).toEqual([]);
  });
});

describe('the checker', () => {
  it.each([
    ['topology/plan.ts', "import { Client } from '../client/index.js';"],
    ['topology/plan.ts', "import type { Host } from '../services/runtime-host/main.js';"],
    ['topology/rules/cells.ts', "export * from '../../local/index.js';"],
    ['topology/plan.ts', "import { readFileSync } from 'node:fs';"],
    ['topology/plan.ts', "import fs from 'fs/promises';"],
    ['topology/plan.ts', "const net = await import('node:net');"],
    ['topology/plan.ts', "import { TerraformStack } from 'cdktf';"],
    ['topology/plan.ts', "import { Construct } from 'constructs';"],
    ['topology/plan.ts', "import { CopilotClient } from '@github/copilot-sdk';"],
    ['topology/plan.ts', "type X = import('../smoke/model.js').X;"],
    ['services/runtime-host/main.ts', "import { up } from '../../local/index.js';"],
    ['services/runtime-host/main.ts', "import { own } from '../gateway/ownership.js';"],
    ['services/gateway/main.ts', "import { CopilotClient } from '@github/copilot-sdk';"],
    ['services/gateway/main.ts', "const sdk = await import('@azure/keyvault-secrets');"],
    ['services/runtime-host/main.ts', "import { SecretClient } from '@azure/keyvault-secrets';"],
    ['services/key-vault/vault.ts', "import { RecordSet } from '../dns-record/record-set.js';"],
    ['services/managed-identity/patience.ts', "import { Vault } from '../key-vault/vault.js';"],
    ['services/gateway/main.ts', "import { connect } from '../../client/connect.js';"],
    ['services/runtime-host/main.ts', "import { FolderStore } from '../../backup/index.js';"],
    ['services/session-keeper/main.ts', "import { CopilotClient } from '@github/copilot-sdk';"],
    ['services/session-keeper/main.ts', "import { execInPod } from '../../cluster/exec.js';"],
    ['services/session-keeper/link.ts', "import { openVault } from '../key-vault/open.js';"],
    ['services/session-keeper/terminal.ts', "import { execInGroup } from '../../azure/exec.js';"],
    ['backup/store.ts', "import { execInPod } from '../cluster/exec.js';"],
    ['backup/keeper/store.ts', "import { GroupKeeper } from '../../azure/sessions/index.js';"],
    ['backup/store.ts', "import { bringUp } from '../local/index.js';"],
    ['local/up.ts', "import { backUp } from '../backup/index.js';"],
    ['client/connect.ts', "import { run } from '../smoke/index.js';"],
    ['client/connect.ts', "import { App } from 'cdktf';"],
    ['local/up.ts', "import { main } from '../services/runtime-host/main.js';"],
    ['smoke/checks/x.ts', "import { up } from '../../local/index.js';"],
    ['smoke/checks/x.ts', "import { Fn } from 'cdktf';"],
    [
      'smoke/checks/x.ts',
      "import { NamespaceV1 } from '@cdktf/provider-kubernetes/lib/namespace-v1/index.js';",
    ],
    ['smoke/checks/x.ts', "import { x } from '@cdktf/hcl2json';"],
    ['constructs/kubernetes/runtime.ts', "import { Group } from '../azure/group.js';"],
    ['constructs/common/escape.ts', "import { Runtime } from '../kubernetes/runtime.js';"],
    ['constructs/common/escape.ts', "import { Runtime } from '../azure/runtime.js';"],
    [
      'constructs/common/escape.ts',
      "import { NamespaceV1 } from '@cdktf/provider-kubernetes/lib/namespace-v1/index.js';",
    ],
    ['constructs/azure/group.ts', "import { Runtime } from '../kubernetes/runtime.js';"],
    [
      'constructs/kubernetes/runtime.ts',
      "import { ContainerGroup } from '@cdktf/provider-azurerm/lib/container-group/index.js';",
    ],
    ['constructs/kubernetes/runtime.ts', "import { NamespaceV1 } from '@cdktf/provider-kubernetes';"],
    [
      'constructs/kubernetes/runtime.ts',
      "import { NamespaceV1 } from '@cdktf/provider-kubernetes/lib/index.js';",
    ],
    ['constructs/kubernetes/runtime.ts', "import { loadTopology } from '../../stacks/files.js';"],
    ['stacks/main.ts', "import { main } from '../cli/main.js';"],
    ['cli/main.ts', "import * as kubernetes from '@cdktf/provider-kubernetes';"],
    ['cluster/connection.ts', "import { up } from '../local/index.js';"],
    ['cluster/observe.ts', "import { TerraformStack } from 'cdktf';"],
    ['cluster/observe.ts', "import { LocalTarget } from '../smoke/index.js';"],
    ['diagnosis/explain.ts', "import { KubeConfig } from '@kubernetes/client-node';"],
    ['diagnosis/explain.ts', "import { observe } from '../cluster/index.js';"],
    ['diagnosis/explain.ts', "import { readFileSync } from 'node:fs';"],
    ['local/up.ts', "import { KubeConfig } from '@kubernetes/client-node';"],
    ['azure/arm.ts', "import { observe } from '../cluster/index.js';"],
    ['azure/arm.ts', "import { App } from 'cdktf';"],
    ['azure/arm.ts', "import { KubeConfig } from '@kubernetes/client-node';"],
    ['cluster/observe.ts', "import { connectArm } from '../azure/index.js';"],
    ['cluster/observe.ts', "import { createHttpPoller } from '@azure/core-lro';"],
    ['topology/plan.ts', "import { SecretClient } from '@azure/keyvault-secrets';"],
    ['elsewhere/x.ts', ''],
  ])('%s: %s is caught', (file, line) => {
    expect(forbidden(file, `${line}\n`)).toHaveLength(1);
  });

  it.each([
    [
      'topology/plan.ts',
      "import { createHash } from 'node:crypto';\nimport { z } from 'zod';\nimport { lock } from './lock.js';",
    ],
    ['topology/rules/cells.ts', "import { tenantsOf } from '../placement.js';"],
    [
      'topology/plan.ts',
      "// import { readFileSync } from 'node:fs';\nconst text = \"import x from 'cdktf'\";",
    ],
    [
      'services/runtime-host/main.ts',
      "import { CopilotClient } from '@github/copilot-sdk';\nimport { HOST_ENV } from '../../topology/host-contract.js';",
    ],
    ['services/gateway/locks.ts', "import { SessionLock } from '../../client/locks/session-lock.js';"],
    [
      'smoke/checks/x.ts',
      "import { connect } from '../../client/index.js';\nimport { readFile } from 'node:fs/promises';",
    ],
    [
      'constructs/kubernetes/runtime.ts',
      "import { NamespaceV1 } from '@cdktf/provider-kubernetes/lib/namespace-v1/index.js';\nimport { Fn } from 'cdktf';",
    ],
    [
      'constructs/azure/runtime.ts',
      "import { PropsError } from '../common/validation.js';\nimport { RoleAssignment } from '@cdktf/provider-azurerm/lib/role-assignment/index.js';",
    ],
    ['cli/main.ts', "import { up } from '../local/index.js';\nimport { run } from '../smoke/index.js';"],
    ['test/x.test.ts', "import { Testing } from 'cdktf';"],
  ])('%s: allowed imports pass', (file, lines) => {
    expect(forbidden(file, lines)).toEqual([]);
  });
});
