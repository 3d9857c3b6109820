import { writeSync } from 'node:fs';

import { LocalRunner } from '../runner/index.js';
import { AzureStandIn } from '../stand-in/index.js';

import { runGroup } from './groups.js';
import { groupBody, groupId, makeLandscape } from './landscape.js';

/** Runs a group and says where, until it is ended: what a test that is killed leaves behind. */
const standIn = await AzureStandIn.start();
await LocalRunner.start(standIn);
const landscape = await makeLandscape(standIn);
const { properties, ...rest } = groupBody(landscape);
const [container] = properties.containers;
const forever = {
  ...container!,
  properties: { ...container!.properties, command: ['/usr/bin/tini', '--', 'sleep', 'infinity'] },
};
await runGroup(standIn, groupId('forever'), {
  ...rest,
  properties: { ...properties, containers: [forever] },
});
writeSync(1, `${standIn.folder}\n`);
setInterval(() => undefined, 1_000_000);
