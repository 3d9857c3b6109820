/** The proof after a deploy: checks, runner, targets and reports. */
export { printEvent, readEvent, type ProgressEvent, type SuiteEvent } from './events.js';
export type { Check, Report, Result, Verdict } from './model.js';
export {
  exitCodeOf,
  prepareReportDirectory,
  redactReport,
  renderTerminal,
  writeReports,
  type ReportPaths,
} from './report/index.js';
export { oldTokensOf, type OldToken, type OldTokens } from './old-tokens.js';
export type { Progress } from './runner.js';
export { runSuite, selectChecks, type SuiteOptions } from './suite.js';
export { LocalTarget } from './targets/local.js';
export type { Target } from './targets/target.js';
export { concernedWith } from './selection.js';
