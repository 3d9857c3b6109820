import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import type { Report, Result } from '../../smoke/model.js';
import { headlineOf } from '../../smoke/report/headline.js';
import {
  counts,
  exitCodeOf,
  redactReport,
  renderJson,
  renderTerminal,
  verdictOf,
} from '../../smoke/report/index.js';
import { mapStrings } from '../../smoke/report/strings.js';

import {
  brokenReport,
  healthyReport,
  healthyResults,
  HOSTILE,
  hostileReport,
  HYBRID,
  largeManifest,
  manifestWith,
  reportOf,
  result,
} from './report-fixtures.js';

const of = (...verdicts: Result['verdict'][]) => verdicts.map((verdict) => ({ verdict }));

describe('verdict', () => {
  it('counts each verdict, and knows the ones that are missing', () => {
    expect(counts(of('passed', 'passed', 'failed'))).toEqual({
      passed: 2,
      failed: 1,
      skipped: 0,
      accepted: 0,
    });
  });

  it.each([
    [of('passed'), 'passed', 'passed'],
    [of('passed', 'skipped'), 'passed', 'failed'],
    [of('passed', 'accepted'), 'passed', 'passed'],
    [of('passed', 'accepted', 'failed'), 'failed', 'failed'],
    [of('skipped'), 'failed', 'failed'],
    [of(), 'failed', 'failed'],
  ] as const)('of %j is %s, strict %s', (results, normal, strict) => {
    expect(verdictOf(results)).toBe(normal);
    expect(verdictOf(results, { strict: true })).toBe(strict);
  });

  it('decides the exit code', () => {
    expect([exitCodeOf({ verdict: 'passed' }), exitCodeOf({ verdict: 'failed' })]).toEqual([0, 1]);
  });
});

describe('headline', () => {
  const textsOf = (report: Report) => headlineOf(report).details.map(({ text }) => text);

  it('says what a pass leaves open', () => {
    expect(headlineOf(healthyReport()).verdict).toBe('Passed');
    expect(textsOf(healthyReport())).toEqual([
      '18 of 20 directions from one tenant to another passed, 2 accepted.',
      'Known and accepted by the topology: smoke.accept.networkPolicyNotEnforced.',
    ]);
  });

  it('says what was not tested', () => {
    const manifest = manifestWith(HYBRID);
    const single = healthyResults(manifest).filter(({ to }) => to === undefined);
    expect(textsOf(reportOf(manifest, single))).toContain(
      'Nothing is claimed of 20 directions without a full set of results.',
    );
  });

  it('says why a run without a failed result has failed', () => {
    const manifest = manifestWith(HYBRID);
    expect(textsOf(reportOf(manifest, []))[0]).toBe('Nothing was looked at, so nothing is proven.');
    expect(textsOf({ ...healthyReport(), verdict: 'failed' })[0]).toBe(
      'Nothing failed, but 5 skipped results may not be skipped (strict).',
    );
  });
});

describe('JSON', () => {
  it('is the report, whole', () => {
    expect(JSON.parse(renderJson(brokenReport()))).toEqual(brokenReport());
  });

  it('is the same however the report was put together', () => {
    const turned = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(turned);
      if (typeof value !== 'object' || value === null) return value;
      return Object.fromEntries(
        Object.entries(value)
          .reverse()
          .map(([key, inner]) => [key, turned(inner)]),
      );
    };
    const report = brokenReport();
    expect(renderJson(turned(report) as Report)).toBe(renderJson(report));
    expect(renderJson(report)).toMatch(/^\{\n {2}"reportVersion": 1,\n.*\n\}\n$/s);
  });

  it('leaves out what is no part of a report', () => {
    expect(renderJson({ ...healthyReport(), stray: 'x' } as Report)).toBe(renderJson(healthyReport()));
  });
});

describe('terminal', () => {
  const lines = renderTerminal(brokenReport(), { width: 100 }).trimEnd().split('\n');
  const text = lines.join('\n');

  it('has a line a check', () => {
    expect(lines).toContain('✔ reachable              7 ✔');
    expect(lines).toContain('✘ token-of-another       32 ✔  2 ✘');
    expect(lines).toContain('≈ network-apart          18 ✔  2 ≈');
    expect(lines).toContain('– idle-session-ends      5 –');
  });

  it('says of a failure where, why, what was expected and seen, and what to do', () => {
    expect(text).toContain('✘ state-private  pool/1\n  why       Session state is readable');
    expect(text).toContain('\n  expected  mode 0700 on the home');
    expect(text).toContain('\n  seen      drwxr-xr-x 3 copilot copilot 4096 home\n            drwxr-xr-x 9');
    expect(text).toContain('\n  do        run "chmod -R go= "');
  });

  it('puts failures that say the same together', () => {
    expect(text).toContain('✘ token-of-another  tenant/acme → tenant/globex, tenant/globex → tenant/acme\n');
    expect(text.match(/AUTHENTICATION_FAILED/g)).toHaveLength(1);
  });

  it('names the key that accepts, and groups skips by reason', () => {
    expect(text).toContain(
      '≈ network-apart: accepted by smoke.accept.networkPolicyNotEnforced for pool/0 → pool/1',
    );
    expect(text.replace(/\n\s+/g, ' ')).toContain('by behaviour with --exhaustive: idle-session-ends (5)');
  });

  it('draws the matrix, and says who was not tried', () => {
    expect(lines).toContain('│ 1 │ acme                   │   │ ✘ │ ✔ │ ✔ │ ✔ │');
    expect(text).toContain('not running, so not tried: wonka (suspended)');
  });

  it('ends with the verdict', () => {
    expect(lines.at(-1)).toBe('✘ Failed  3 failed, 2 accepted, 5 skipped, 122 passed, in 14.6 s');
    expect(renderTerminal(healthyReport()).trimEnd().split('\n').at(-1)).toMatch(/^✔ Passed {2}0 failed/);
  });

  it('keeps to the width', () => {
    for (const width of [70, 80, 120]) {
      const wrapped = renderTerminal(brokenReport(), { width }).split('\n').slice(1);
      expect(Math.max(...wrapped.map((line) => [...line].length))).toBeLessThanOrEqual(width);
    }
  });

  it('leaves the matrix of many tenants to the HTML report', () => {
    const manifest = largeManifest();
    const long = renderTerminal(reportOf(manifest, healthyResults(manifest)));
    expect(long).not.toContain('│');
    expect(long.split('\n').length).toBeLessThan(40);
    expect(long).toContain('2670 of 3540 directions');
  });

  it('marks a check without results', () => {
    expect(renderTerminal(reportOf(manifestWith(HYBRID), []))).toContain(
      '? reachable              no results',
    );
  });

  it('has colours only if asked', () => {
    const escape = String.fromCharCode(27);
    expect(renderTerminal(brokenReport(), { color: true })).toContain(`${escape}[31m✘`);
    expect(text).not.toContain(escape);
  });

  it('clips what would bury all else', () => {
    const manifest = manifestWith(HYBRID);
    const long = result('runtime', 'tenant/acme', undefined, { verdict: 'failed', seen: 'x'.repeat(5000) });
    expect(renderTerminal(reportOf(manifest, [long]))).toContain('(4200 more characters in the HTML');
  });

  it('lets no text drive the terminal or look like a line of ours', () => {
    const hostile = renderTerminal(hostileReport());
    expect(hostile).not.toMatch(/[^\P{Cc}\n]|\p{Cf}|\p{Cs}/u);
    expect(hostile).not.toMatch(/^(✔ )?Passed/m);
    expect(hostile.trimEnd().split('\n').at(-1)).toMatch(/^✘ Failed/);
  });
});

describe('redaction', () => {
  const seenOf = (seen: string, ...secrets: string[]) => {
    const report = reportOf(manifestWith(HYBRID), [result('runtime', 'tenant/acme', undefined, { seen })]);
    return redactReport(report, secrets).results[0]?.seen;
  };

  it('takes each occurrence out of every text', () => {
    const report = mapStrings(brokenReport(), (text) => `s3cret ${text} s3cret`);
    expect(renderJson(redactReport(report, ['s3cret']))).toBe(
      renderJson(mapStrings(brokenReport(), (text) => `[redacted] ${text} [redacted]`)),
    );
  });

  it('leaves a report as it is without secrets', () => {
    expect(redactReport(brokenReport(), [])).toEqual(brokenReport());
    expect(redactReport(brokenReport(), ['', 'not there'])).toEqual(brokenReport());
  });

  it('leaves no end of secrets that overlap', () => {
    expect(seenOf('x abcd y', 'abc', 'bcd')).toBe('x [redacted] y');
    expect(seenOf('abcabcab', 'abcab')).toBe('[redacted]');
    expect(seenOf('long-longer', 'long', 'long-longer')).toBe('[redacted]');
  });

  it('knows a secret with a line end from its file, in a URL, in JSON and in a Kubernetes Secret', () => {
    const secret = 'p"ss/w+rd';
    const forms = [secret, 'p%22ss%2Fw%2Brd', 'p\\"ss/w+rd', Buffer.from(secret).toString('base64')];
    for (const form of forms) expect(seenOf(`a ${form} b`, `${secret}\n`)).toBe('a [redacted] b');
  });

  it('leaves words of fixed sets, so that the report stays one', () => {
    const { results, verdict } = redactReport(healthyReport(), ['passed', 'runtime']);
    expect([verdict, results[0]?.verdict, results[0]?.scope]).toEqual(['passed', 'passed', 'runtime']);
  });

  it('leaves nothing of any secret', () => {
    fc.assert(
      fc.property(
        fc.array(fc.stringMatching(/^[A-C]{1,4}$/), { minLength: 1 }),
        fc.stringMatching(/^[A-D]*$/),
        (secrets, text) => {
          const seen = seenOf(text, ...secrets);
          for (const secret of secrets) expect(seen).not.toContain(secret);
        },
      ),
    );
  });

  it('does not choke on hostile text', () => {
    expect(seenOf(HOSTILE, '\ud800')).not.toContain('\ud800');
  });
});
