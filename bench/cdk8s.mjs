/**
 * The objects of tenants by cdk8s, one chart per cell, for bench/synth.mjs.
 *
 * Usage: node bench/cdk8s.mjs <tenants.json> <pattern.json> <outdir>
 */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const { ApiObject, App, Chart } = createRequire(path.resolve('.cache/bench/package.json'))('cdk8s');

const [tenantsFile, patternFile, outdir] = process.argv.slice(2);
const tenants = JSON.parse(readFileSync(tenantsFile, 'utf8'));
const pattern = readFileSync(patternFile, 'utf8');

const app = new App({ outdir });
const cells = new Map();
for (const { id, namespace, cell } of tenants) {
  if (!cells.has(cell)) cells.set(cell, new Chart(app, cell));
  const objects = JSON.parse(
    pattern
      .replaceAll('@NAMESPACE@', namespace)
      .replaceAll('@ID@', id)
      .replaceAll('@TOKEN@', () => randomBytes(36).toString('base64url')),
  );
  for (const [n, object] of objects.entries()) new ApiObject(cells.get(cell), `${id}-${n}`, object);
}
app.synth();
