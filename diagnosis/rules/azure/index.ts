import type { ReasonRule } from '../../reason.js';
import { crash, outOfMemory } from '../crash.js';
import { notStopped } from '../wanted.js';

import { failed, notDeployed, outdated, progress } from './group.js';
import { notReady, volume } from './not-ready.js';
import { image, mount } from './start.js';

/** What goes wrong with container groups. */
export const AZURE_RULES: readonly ReasonRule[] = [
  notDeployed,
  notStopped,
  outdated,
  image,
  mount,
  failed,
  volume,
  outOfMemory,
  crash,
  notReady,
  progress,
];
