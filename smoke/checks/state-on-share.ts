import type { Group } from '../../azure/group.js';
import type { GroupExpectation } from '../../topology/index.js';
import { CheckFailure } from '../check-failure.js';
import type { Check } from '../model.js';
import type { Workbench } from '../workbench.js';

type Share = NonNullable<GroupExpectation['share']>;

export const stateOnShare: Check = {
  id: 'state-on-share',
  why: 'Sessions lie on the planned file share, which outlives the container group, and no other group has that share, but replicas that share it.',
  scope: 'runtime',
  targets: ['azure'],
  maySkipOn: [],
  async run(bench, { from }) {
    const { share, id } = bench.azure.expected(from);
    if (!share) throw new Error(`the manifest plans no share for ${from}`);
    const group = await bench.azure.group(from);
    if (shareAt(group, share.mountPath) !== nameOf(share)) {
      throw failure(
        `share ${nameOf(share)} at ${share.mountPath} of ${from}`,
        shareAt(group, share.mountPath) ?? 'what is there is no share',
      );
    }
    const family = sharersOf(bench, from).map((other) => bench.azure.expected(other).id.toLowerCase());
    const others = (await bench.azure.neighbours()).filter(
      (one) => ![id.toLowerCase(), ...family].includes(one.id.toLowerCase()) && hasShare(one, share),
    );
    if (others.length > 0) {
      const names = others.map(({ name }) => name).join(', ');
      throw failure(`share ${nameOf(share)} to be mounted by ${from} alone`, `${names} has it too`);
    }
    await expectUnseen(bench, from, share);
    return undefined;
  },
};

/** A file that one runtime writes on its share, and no other may see on its own. */
async function expectUnseen(bench: Workbench, from: string, { mountPath }: Share): Promise<void> {
  const file = `${mountPath}/${bench.newSessionId()}`;
  const mounts = 'while read -r _ _ _ _ at _; do echo "$at"; done < /proc/$PPID/mountinfo';
  const mounted = await bench.probe(from, `: > ${file} && ${mounts}`);
  try {
    if (!mounted.split('\n').includes(mountPath)) {
      throw failure(`a share mounted at ${mountPath}`, `inside ${from} there is none`);
    }
    const strangers = bench
      .reachableRuntimes()
      .filter((other) => other !== from && !sharersOf(bench, from).includes(other));
    for (const other of strangers) {
      if ((await bench.probe(other, `[ -e ${file} ] && echo seen; true`)) !== '') {
        throw failure(`what ${from} writes on its share to be unseen by ${other}`, `${other} has the file`);
      }
    }
  } finally {
    await bench.probe(from, `rm -f ${file}`).catch(() => undefined);
  }
}

/** The other replicas of a pool whose replicas share their sessions. */
function sharersOf({ manifest }: Workbench, from: string): string[] {
  if (!manifest.runtimes[from]?.expect.sharedSessions) return [];
  return Object.entries(manifest.runtimes).flatMap(([id, { state, expect }]) =>
    id !== from && state === 'active' && expect.sharedSessions ? [id] : [],
  );
}

const nameOf = ({ account, name }: Share) => `${name} of ${account}`;

function shareAt({ properties }: Group, path: string): string | undefined {
  const mounts = properties.containers.flatMap((one) => one.properties.volumeMounts ?? []);
  const volume = mounts.find(({ mountPath }) => mountPath === path)?.name;
  const file = properties.volumes?.find(({ name }) => name === volume)?.azureFile;
  return file && nameOf({ account: file.storageAccountName, name: file.shareName, mountPath: path });
}

const hasShare = ({ properties }: Group, { account, name }: Share) =>
  (properties.volumes ?? []).some(
    ({ azureFile }) => azureFile?.storageAccountName === account && azureFile.shareName === name,
  );

function failure(expected: string, seen: string): CheckFailure {
  return new CheckFailure({
    expected,
    seen,
    advice:
      'deploy the planned group again, rotate the key of the storage account if another group has had it, and see who changed the group',
  });
}
