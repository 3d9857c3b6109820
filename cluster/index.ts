/** What is on a cluster: whether it can be deployed to, what came of a deploy, how it stands. */
export { connectCluster, type Cluster, type ClusterOptions } from './connection.js';
export { ClusterError } from './errors.js';
export { observe } from './observe.js';
export { preflight, type PreflightReport } from './preflight/index.js';
export { awaitRollout } from './rollout.js';
export { subjectsOf, type Subject } from './subjects.js';
