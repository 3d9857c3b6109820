import { createRequire } from 'node:module';

/** Version of the package; the sources and what the build makes of them lie at different depths. */
export function version(): string {
  const require = createRequire(import.meta.url);
  for (const file of ['../package.json', '../../package.json']) {
    try {
      return (require(file) as { version: string }).version;
    } catch {
      // The other depth.
    }
  }
  return 'unknown';
}
