import junit, { type TestSuite } from 'junit-report-builder';

import type { Report, Result } from '../model.js';

import { groupByCheck } from './group.js';
import { mapStrings } from './strings.js';
import { subjectOf, visible } from './text.js';

/** At run time the CommonJS module is the builder itself; its types say that it is under `default`. */
const root = junit as unknown as typeof junit.default;

/** JUnit XML, for CI: a suite a check, a case a subject. */
export function renderJunit(report: Report): string {
  // The library splits only the first end of a CDATA section, so that none may be left in a text.
  const safe = mapStrings(report, (text) => visible(text).replaceAll(']]>', ']] >'));
  const builder = root.newBuilder().name(safe.name);
  for (const { id, why, results } of groupByCheck(safe)) {
    const suite = builder.testSuite().name(id).timestamp(safe.startedAt);
    suite.time(seconds(results.reduce((sum, { durationMs }) => sum + durationMs, 0)));
    if (why !== '') suite.property('why', why);
    for (const result of results) addCase(suite, `copilot-runtimes.${safe.name}.${id}`, result);
  }
  return builder.build();
}

function addCase(suite: TestSuite, className: string, result: Result): void {
  const testCase = suite
    .testCase()
    .className(className)
    .name(subjectOf(result))
    .time(seconds(result.durationMs));
  switch (result.verdict) {
    case 'passed':
      return;
    case 'failed':
      testCase.failure(result.seen ?? 'failed', 'CheckFailure').stacktrace(failureText(result));
      return;
    case 'skipped':
      // The library writes no message into <skipped>.
      testCase.skipped().standardOutput(`skipped: ${result.reason ?? 'no reason was given'}`);
      return;
    case 'accepted':
      testCase.standardOutput(acceptedText(result));
  }
}

function failureText({ expected, seen, advice }: Result): string {
  const lines = [
    ['expected', expected],
    ['seen', seen],
    ['do', advice],
  ].flatMap(([label, text]) => (text === undefined ? [] : [`${label}: ${text}`]));
  return lines.length > 0 ? lines.join('\n') : 'failed without details';
}

function acceptedText({ acceptedBy, seen, reason }: Result): string {
  return [`accepted by ${acceptedBy ?? 'a key that was not given'}`, seen, reason]
    .filter((text) => text !== undefined)
    .join(': ');
}

const seconds = (milliseconds: number) => milliseconds / 1000;
