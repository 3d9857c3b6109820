import { existsSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';

import { command } from './command.js';
import type { Daemon } from './daemon.js';
import { NETWORK, type Layout } from './layout.js';

/** Takes down what a cluster has left on this machine, whether it ended in order or was killed. */
export async function takeDown(layout: Layout, started: readonly Daemon[]): Promise<void> {
  const [containerd, ...others] = [...started].sort(
    (a, b) => Number(b.name === 'containerd') - Number(a.name === 'containerd'),
  );
  await Promise.all(others.map((daemon) => daemon.stop()));
  if (containerd?.running) await endContainers(layout);
  await containerd?.stop();
  // Shims outlive containerd, and would hold their mounts.
  for (const pid of leftOver(layout)) process.kill(pid, 'SIGKILL');
  for (const mount of mountsBelow(layout.run))
    await command('umount', ['--lazy', mount]).catch(() => undefined);
  for (const table of [
    ['ip', 'kube-proxy'],
    ['ip6', 'kube-proxy'],
    ['ip', NETWORK.table],
  ]) {
    await command('nft', ['delete', 'table', ...table]).catch(() => undefined);
  }
  await command('ip', ['link', 'delete', NETWORK.bridge]).catch(() => undefined);
  await rm(`/var/lib/cni/networks/copilot-runtimes-test`, { recursive: true, force: true });
  removeGroups();
  await rm(layout.run, { recursive: true, force: true, maxRetries: 5 });
}

async function endContainers({ socket }: Layout): Promise<void> {
  const ctr = (...args: string[]) => command('ctr', ['--address', socket, '--namespace', 'k8s.io', ...args]);
  const tasks = (await ctr('tasks', 'list', '--quiet').catch(() => '')).split('\n').filter(Boolean);
  await Promise.all(tasks.map((task) => ctr('tasks', 'delete', '--force', task).catch(() => undefined)));
}

/** Processes of this cluster, of this run or of one that was killed: told by what they were started with. */
function leftOver(layout: Layout): number[] {
  const config = path.join(layout.run, 'containerd.toml');
  const ours = ([program, part, ...rest]: readonly string[]) =>
    (program === layout.kubernetes && part !== 'kubectl') ||
    [layout.provisioner, layout.policies].includes(program ?? '') ||
    [layout.socket, config].some((argument) => part === argument || rest.includes(argument));
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return ours(readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0'));
      } catch {
        return false;
      }
    })
    .map(Number);
}

/** Deepest first. */
function mountsBelow(directory: string): string[] {
  return readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1]?.replaceAll('\\040', ' ') ?? '')
    .filter((mount) => mount.startsWith(`${directory}/`))
    .sort()
    .reverse();
}

/** Removes the empty control groups of the pods. */
function removeGroups(): void {
  const roots = ['/sys/fs/cgroup', ...readdirSync('/sys/fs/cgroup').map((name) => `/sys/fs/cgroup/${name}`)];
  for (const root of roots) {
    const pods = path.join(root, 'kubepods');
    if (!existsSync(pods)) continue;
    const groups = readdirSync(pods, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => path.join(entry.parentPath, entry.name))
      .sort()
      .reverse();
    for (const group of [...groups, pods]) {
      try {
        rmdirSync(group);
      } catch {
        // Somebody else's pods: this machine has another cluster.
      }
    }
  }
}
