/** The sessions of one tenant: into an archive, out of it, and from one runtime to another. */
export { backUp } from './backup.js';
export { BackupError } from './errors.js';
export { FolderStore } from './folder-store.js';
export { placementOf, sessionsOf, type Placement } from './placement.js';
export { restore } from './restore.js';
export type { SessionStore } from './store.js';
