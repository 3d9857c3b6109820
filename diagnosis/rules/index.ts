import type { ReasonRule } from '../reason.js';

import { configuration } from './configuration.js';
import { crash, outOfMemory } from './crash.js';
import { image } from './image.js';
import { notReady, progress } from './not-ready.js';
import { evicted, unschedulable } from './placement.js';
import { podSecurity, quota, refused } from './refused.js';
import { mount, volume } from './volume.js';
import { notDeployed, notStopped } from './wanted.js';

export const RULES: readonly ReasonRule[] = [
  notDeployed,
  notStopped,
  quota,
  podSecurity,
  refused,
  volume,
  unschedulable,
  configuration,
  image,
  outOfMemory,
  crash,
  evicted,
  mount,
  notReady,
  progress,
];
