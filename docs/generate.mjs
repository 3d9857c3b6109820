// Writes what is generated in this folder: npm run docs
import { readFile, writeFile } from 'node:fs/promises';

import { withMethodTables } from '../dist/services/gateway/reference.js';
import { CHECKS } from '../dist/smoke/checks/index.js';
import { withCheckTable } from '../dist/smoke/checks/reference.js';
import { topologyReference } from '../dist/topology/index.js';

const page = (name) => new URL(name, import.meta.url);

await writeFile(page('topology.md'), topologyReference());
await writeFile(page('smoke.md'), withCheckTable(await readFile(page('smoke.md'), 'utf8'), CHECKS));
await writeFile(page('gateway.md'), withMethodTables(await readFile(page('gateway.md'), 'utf8')));
