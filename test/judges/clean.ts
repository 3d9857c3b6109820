import { expect } from '@jest/globals';

import { EXCEPTIONS } from './exceptions.js';
import { unexpected, type Verdict } from './findings.js';

/** Every finding must be excepted, and the judge must have made that many checks of each of these objects. */
export function expectClean(
  verdict: Verdict | undefined,
  least: Readonly<Record<string, number>>,
  exceptions = EXCEPTIONS,
): void {
  const { findings = [], checked = new Map<string, number>() } = verdict ?? {};
  expect(unexpected(findings, exceptions)).toEqual([]);
  expect(Object.keys(least)).not.toEqual([]);
  const neglected = Object.entries(least)
    .map(([object, count]) => ({ object, count, made: checked.get(object) ?? 0 }))
    .filter(({ count, made }) => made < count);
  expect(neglected.map(({ object, count, made }) => `${made} checks of ${object}, not ${count}`)).toEqual([]);
}
