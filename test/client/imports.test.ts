import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { expect, it } from '@jest/globals';

/** Every package that a module loads, and whatever it imports. */
function packagesOf(file: string, seen = new Set<string>()): Set<string> {
  const packages = new Set<string>();
  if (seen.has(file)) return packages;
  seen.add(file);
  for (const [, name] of readFileSync(file, 'utf8').matchAll(
    /^(?:import|export)\s[^;]*?from '([^']+)'|import\('([^']+)'\)/gm,
  )) {
    if (!name!.startsWith('.')) packages.add(name!);
    else {
      const target = path.resolve(path.dirname(file), name!.replace(/\.js$/, '.ts'));
      expect(existsSync(target)).toBe(true);
      for (const more of packagesOf(target, seen)) packages.add(more);
    }
  }
  return packages;
}

it('an application that imports the client loads the SDK, and neither cdktf nor a provider', () => {
  const packages = packagesOf(path.resolve('client/index.ts'));
  expect(packages).toContain('@github/copilot-sdk');
  expect([...packages].filter((name) => /cdktf|constructs|commander|kubernetes|azure/.test(name))).toEqual(
    [],
  );
});
