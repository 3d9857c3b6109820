import { spawnSync } from 'node:child_process';

const TOOLS = ['ip', 'nft', 'unshare', 'nsenter', 'setpriv', 'chroot', 'mount', 'script'] as const;

/** Why container groups cannot run as processes here; undefined when they can. */
export function whyNotHere(): string | undefined {
  if (process.platform !== 'linux') return 'container groups run as processes on Linux only';
  if (process.getuid?.() !== 0) return 'namespaces of their own need root';
  const missing = TOOLS.filter((tool) => spawnSync('sh', ['-c', `command -v ${tool}`]).status !== 0);
  if (missing.length > 0) return `missing on this machine: ${missing.join(', ')}`;
  if (spawnSync('unshare', ['--net', '--mount', '--pid', '--fork', 'true']).status !== 0)
    return 'this machine allows no new namespaces';
  return undefined;
}
