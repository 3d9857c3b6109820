import { describe, expect, it } from '@jest/globals';
import { build, type Metafile } from 'esbuild';

/** What an import of this file loads: the packages at once, and those that wait until they are used. */
async function packagesOf(entry: string): Promise<{ atOnce: string[]; later: string[] }> {
  const { metafile } = await build({
    entryPoints: [entry],
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    write: false,
    metafile: true,
    logLevel: 'silent',
  });
  const imports = Object.values((metafile as Metafile).inputs)
    .flatMap((input) => input.imports)
    .filter(({ external, path }) => external && !path.startsWith('node:'));
  const of = (kind: string) => [
    ...new Set(imports.filter((each) => each.kind === kind).map((each) => each.path)),
  ];
  return { atOnce: of('import-statement'), later: of('dynamic-import') };
}

const HEAVY = /cdktf|constructs|commander|kubernetes|azure|ioredis/;

describe('an application that imports the client', () => {
  it('loads the SDK, and no provisioning', async () => {
    const { atOnce } = await packagesOf('client/index.ts');
    expect(atOnce).toContain('@github/copilot-sdk');
    expect(atOnce.filter((name) => HEAVY.test(name))).toEqual([]);
  });

  it('loads clients of Redis, Kubernetes and Azure when it uses them', async () => {
    const { later } = await packagesOf('client/index.ts');
    expect(later.sort()).toEqual([
      '@azure/identity',
      '@azure/keyvault-secrets',
      '@kubernetes/client-node',
      'ioredis',
    ]);
  });

  it('would be noticed if it loaded more', async () => {
    const { atOnce } = await packagesOf('stacks/main.ts');
    expect(atOnce.filter((name) => HEAVY.test(name))).toContain('cdktf');
  });
});
