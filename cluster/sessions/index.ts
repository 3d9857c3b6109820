/** The sessions on the volumes of a cluster. */
export { PodKeeper } from './keeper.js';
export { placedRuntime, type PlacedRuntime } from './pod.js';
