/** The sessions on the shares of container groups. */
export { connectArm } from '../arm.js';
export { placedRuntime, type PlacedRuntime } from './group.js';
export { GroupKeeper } from './keeper.js';
