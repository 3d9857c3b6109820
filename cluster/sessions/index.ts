/** The sessions on the volumes of a cluster. */
export { expiredSessions } from './expired.js';
export { placedRuntime, type PlacedRuntime } from './pod.js';
export { PodStore } from './store.js';
