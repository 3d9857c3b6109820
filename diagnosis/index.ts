/** What is wrong with a runtime, or with what a deploy needs, from what was seen of it. Pure, no I/O. */
export { explain, isAsWanted } from './explain.js';
export { foresee } from './foresee.js';
export { cite } from './find.js';
export { Findings, some, type Finding } from './finding.js';
export type {
  Condition,
  Happening,
  Instance,
  Observation,
  Process,
  Volume,
  Workload,
} from './observation.js';
export { lastUsage, readStatus, type HostStatus, type Usage } from './usage.js';
export { lastWords } from './last-words.js';
export { REASON_CODES, type Reason, type ReasonCode } from './reason.js';
export { awaitAsWanted, type RolloutOptions, type RolloutOutcome, type RolloutView } from './rollout.js';
export { checkVariables } from './variables.js';
export { AZURE_RULES } from './rules/azure/index.js';
export { PROVISIONED } from './rules/azure/group.js';
