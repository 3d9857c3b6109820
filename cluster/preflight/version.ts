import { Findings, type Finding } from '../../diagnosis/index.js';

/** Pod Security admission is part of Kubernetes since then; before, nothing enforces what the namespaces say. */
const LEAST_MINOR = 25;
/** ReadWriteOncePod works without a feature gate since then. */
const LEAST_MINOR_ONE_POD = 27;

/** Is the API server new enough for what the stacks create? */
export function checkVersion(gitVersion: string, accessModes: readonly string[]): readonly Finding[] {
  const findings = new Findings('version');
  const [, major, minor] = /^v(\d+)\.(\d+)/.exec(gitVersion) ?? [];
  const least = accessModes.includes('ReadWriteOncePod') ? LEAST_MINOR_ONE_POD : LEAST_MINOR;
  if (major === undefined || minor === undefined) {
    findings.warning(`the version ${gitVersion} cannot be read: at least 1.${least} is needed`);
  } else if (Number(major) === 1 && Number(minor) < least) {
    const why =
      Number(minor) < LEAST_MINOR
        ? 'Pod Security admission came with 1.25'
        : 'storage.accessMode ReadWriteOncePod came with 1.27: upgrade, or use ReadWriteOnce';
    findings.problem(`the API server is ${gitVersion}, at least 1.${least} is needed, since ${why}`);
  }
  return findings.list;
}
