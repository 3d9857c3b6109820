/** The sessions of a runtime through the session keeper beside it, however that is started. */
export { expiredSessions, type ExpiredSessions } from './expired.js';
export type { Keeper, KeeperStreams } from './keeper.js';
export { KeeperStore } from './store.js';
