/** What is wrong with a runtime, from what was seen of it. Pure, no I/O. */
export { explain, isAsWanted } from './explain.js';
export type {
  Condition,
  Happening,
  Instance,
  Observation,
  Process,
  Volume,
  Workload,
} from './observation.js';
export { lastWords } from './last-words.js';
export { REASON_CODES, type Reason, type ReasonCode } from './reason.js';
