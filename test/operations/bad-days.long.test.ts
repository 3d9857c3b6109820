import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, it } from '@jest/globals';

import type { StatusRow } from '../../cli/status-table.js';
import { explain, isAsWanted } from '../../diagnosis/index.js';
import { bringUp, observeLocal, type Deployment } from '../../local/index.js';
import { localFiles, parseManifest, tenantRuntimeId } from '../../topology/index.js';
import { afterTest, temporaryDirectory } from '../support/cleanup.js';
import { runCli } from '../support/cli.js';
import { runtimePid } from '../support/processes.js';
import { ask, clientOf, endpointOf, sessionConfig } from '../support/runtime-client.js';
import { planOf } from '../support/topology.js';
import { mayMount, Volume } from '../support/volume.js';
import { waitFor } from '../support/wait.js';

/** What happens to the runtime of one tenant, and how it is put right. */
interface BadDay {
  /** Word of `status`, and why. @default - nothing is wrong */
  readonly says?: readonly [code: string, message: RegExp];
  /** It serves all the same. @default false */
  readonly serves?: boolean;
  /** Its home is on a small volume. @default false */
  readonly onVolume?: boolean;
  readonly strike?: (place: Place) => void | Promise<void>;
  readonly mend?: (place: Place) => void;
}

interface Place {
  readonly home: string;
  readonly state: string;
  readonly tenant: string;
  readonly volume?: Volume;
}

const sessions = ({ home }: Place) => path.join(home, 'session-state');
const filler = ({ home }: Place) => path.join(home, 'filler');
const tokenFile = ({ state, tenant }: Place) =>
  path.join(state, localFiles(tenantRuntimeId(tenant)).connectionToken);
const runtimeOf = ({ state, tenant }: Place) => runtimePid(path.dirname(state), tenantRuntimeId(tenant))!;
const endpoint = ({ state, tenant }: Place) => endpointOf(state, tenantRuntimeId(tenant))!;

/** They all happen at once, for `status` has to look at all of them at once. */
const EVERYWHERE: Readonly<Record<string, BadDay>> = {
  well: {},
  hangs: {
    says: ['not-ready', /the runtime did not write a file within 5 s$/],
    strike: (place) => void process.kill(runtimeOf(place), 'SIGSTOP'),
    mend: (place) => process.kill(runtimeOf(place), 'SIGCONT'),
  },
  'answers-pings-only': {
    says: ['not-ready', /the home \S+ cannot be written: ENOTDIR: a part of the path is a file/],
    strike: (place) => {
      renameSync(sessions(place), `${sessions(place)}.aside`);
      writeFileSync(sessions(place), '');
    },
    mend: (place) => {
      rmSync(sessions(place));
      renameSync(`${sessions(place)}.aside`, sessions(place));
    },
  },
  'secret-vanishes': {
    says: [
      'would-not-restart',
      /would not start like this again: the connection token file \S+ does not exist/,
    ],
    serves: true,
    strike: async (place) => {
      takeSecret(place);
      const { healthPort } = endpoint(place);
      await waitFor('the host to notice', async () =>
        (await (await fetch(`http://127.0.0.1:${healthPort}/statusz`)).text()).includes('restartObstacle'),
      );
    },
    mend: giveSecret,
  },
  'without-its-secret': {
    says: ['not-deployed', /it is not running; its log ends with: .*connection-token/],
    strike: async (place) => {
      takeSecret(place);
      // A host that runs goes on with what it has read.
      process.kill(endpoint(place).pid, 'SIGKILL');
      const log = path.join(place.state, localFiles(tenantRuntimeId(place.tenant)).log);
      await waitFor('another host to fail', () =>
        /"level":"fatal".*connection token/.test(readFileSync(log, 'utf8')),
      );
    },
    mend: giveSecret,
  },
};

const secrets = new Map<string, string>();

function takeSecret(place: Place): void {
  const file = tokenFile(place);
  secrets.set(file, readFileSync(file, 'utf8'));
  rmSync(file);
}

function giveSecret(place: Place): void {
  writeFileSync(tokenFile(place), secrets.get(tokenFile(place))!, { mode: 0o600 });
}

/** Those that need a file system of their own, and so somebody who may mount. */
const WITH_VOLUMES: Readonly<Record<string, BadDay>> = {
  'volume-full': {
    says: ['not-ready', /cannot be written: ENOSPC: free space on the volume or enlarge it$/],
    onVolume: true,
    strike: (place) => fill(filler(place)),
    mend: (place) => rmSync(filler(place)),
  },
  'volume-read-only': {
    says: ['not-ready', /cannot be written: EROFS: mount a writable volume there$/],
    onVolume: true,
    strike: ({ volume }) => volume!.forbidWriting(),
    mend: ({ volume }) => volume!.allowWriting(),
  },
  'volume-gone': {
    says: ['not-ready', /is no longer on its volume: mount it again; what is written now would be lost$/],
    onVolume: true,
    strike: ({ volume }) => volume!.unmount(),
    mend: ({ volume }) => volume!.mount(),
  },
};

/** Writes until there is no room. */
function fill(file: string): void {
  try {
    writeFileSync(file, Buffer.alloc(8 << 20));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return;
    throw error;
  }
  throw new Error(`${file} found room on a volume that was to be full`);
}

/** A runtime for each day, with a turn that has finished and is not to be forgotten. */
async function begin(days: readonly (readonly [tenant: string, day: BadDay])[]) {
  const root = temporaryDirectory();
  const state = path.join(root, 'tiny');
  const places = new Map<string, Place>();
  for (const [tenant, { onVolume }] of days) {
    const home = path.join(state, localFiles(tenantRuntimeId(tenant)).directory, 'home');
    mkdirSync(home, { recursive: true, mode: 0o700 });
    places.set(tenant, { tenant, state, home, ...(onVolume && { volume: new Volume(home, '4m') }) });
  }
  const deployment = await bringUp(planOf({ tenants: Object.fromEntries(days.map(([id]) => [id, {}])) }), {
    stateRoot: root,
    // Long enough for a look at a runtime that is not there.
    keeper: { restarts: 10, backoffMs: 500 },
  });
  afterTest(() => deployment.stop());
  await Promise.all(
    days.map(async ([tenant]) => {
      const id = tenantRuntimeId(tenant);
      const client = await clientOf(state, id);
      const session = await client.createSession({ ...sessionConfig(state, id), sessionId: 'kept' });
      await ask(session, { reply: `promised to ${tenant}` });
      await client.forceStop();
    }),
  );
  return { deployment, state, places };
}

/** What somebody sees who looks. */
async function status({ manifestFile }: Deployment) {
  const { code, stdout } = await runCli(['status', '--manifest', manifestFile, '--json'], {
    cwd: path.dirname(manifestFile),
  });
  return { code, rows: JSON.parse(stdout) as StatusRow[] };
}

/** Settles when every runtime is as it should be again. */
async function allIsWell({ manifestFile }: Deployment): Promise<void> {
  const manifest = parseManifest(readFileSync(manifestFile, 'utf8'), manifestFile);
  await waitFor('every runtime to be well', async () => {
    const seen = await observeLocal(manifest, manifestFile);
    return seen.every((one) => isAsWanted(one) && explain(one).length === 0);
  });
}

async function remembered(state: string, tenant: string): Promise<string> {
  const id = tenantRuntimeId(tenant);
  const session = await (await clientOf(state, id)).resumeSession('kept', sessionConfig(state, id));
  return (await ask(session, { recall: true })) ?? '';
}

describe('on a bad day', () => {
  const days = Object.entries({ ...EVERYWHERE, ...(mayMount && WITH_VOLUMES) });
  const not = mayMount ? '' : ' (without those of volumes: this user may not mount)';

  it(`status says in words what is wrong with whom, and nothing that was finished is lost${not}`, async () => {
    const { deployment, state, places } = await begin(days);
    await allIsWell(deployment);
    for (const [tenant, { strike }] of days) await strike?.(places.get(tenant)!);

    const bad = await status(deployment);
    expect(bad.code).toBe(1);
    const told = bad.rows.map(({ runtime, ok, reasons: [reason] }) => [
      runtime,
      { ok, reason: `${reason?.code}: ${reason?.message}` },
    ]);
    expect(Object.fromEntries(told)).toEqual(
      Object.fromEntries(
        days.map(
          ([tenant, { says: [code, message] = [undefined, /undefined$/], serves = code === undefined }]) => [
            tenantRuntimeId(tenant),
            {
              ok: serves,
              reason: expect.stringMatching(new RegExp(`^${code}: .*${message.source}`)),
            },
          ],
        ),
      ),
    );

    // One that hangs can still be told by its process.
    expect(bad.rows.find(({ runtime }) => runtime === 'tenant/hangs')!.memoryBytes).toBeGreaterThan(10e6);

    for (const [tenant, { mend }] of days) mend?.(places.get(tenant)!);
    await allIsWell(deployment);
    expect((await status(deployment)).code).toBe(0);
    for (const [tenant] of days) expect(await remembered(state, tenant)).toContain(`promised to ${tenant}`);
  });
});
