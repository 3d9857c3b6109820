/** Reporters: pure functions of a report, and the one function that writes them to disk. */
export { renderHtml } from './html.js';
export { renderJson } from './json.js';
export { renderJunit } from './junit.js';
export { buildMatrix } from './matrix.js';
export { redactReport } from './redact.js';
export { counts, exitCodeOf, verdictOf } from './summarize.js';
export { renderTerminal } from './terminal.js';
export { prepareReportDirectory, REPORT_FILES, writeReports, type ReportPaths } from './write.js';
