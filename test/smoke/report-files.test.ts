import { chmod, mkdir, mkdtemp, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { beforeEach, describe, expect, it } from '@jest/globals';

import type { Report } from '../../smoke/model.js';
import {
  prepareReportDirectory,
  renderHtml,
  renderJson,
  renderJunit,
  writeReports,
} from '../../smoke/report/index.js';
import { InputError } from '../../topology/problems.js';

import {
  brokenReport,
  healthyReport,
  healthyResults,
  hostileReport,
  HYBRID,
  largeManifest,
  manifestWith,
  reportOf,
  result,
} from './report-fixtures.js';

/** Whether XML is well formed, as far as what we write can go wrong. */
function expectWellFormed(xml: string): void {
  expect(xml).not.toMatch(/[^\P{Cc}\n\t]|\p{Cs}|[\uFFFE\uFFFF]/u);
  const open: string[] = [];
  const rest = xml
    .replace(/^<\?xml[^?]*\?>/, '')
    .replace(/<!\[CDATA\[.*?\]\]>/gs, '')
    .replace(/<(\/?)([a-z-]+)((?: [a-z]+="[^"<]*")*)(\/?)>/g, (_, close, name, attributes, empty) => {
      expect(attributes).not.toMatch(/&(?!(amp|lt|gt|quot|apos|#x?[0-9A-Fa-f]+);)/);
      if (close) expect(open.pop()).toBe(name);
      else if (!empty) open.push(name);
      return '';
    });
  expect(open).toEqual([]);
  expect(rest.trim()).toBe('');
}

describe('JUnit', () => {
  const xml = renderJunit(brokenReport());

  it('has a suite a check and a case a subject', () => {
    expect(xml).toContain('<testsuites name="prod-eu" tests="132" failures="3" errors="0" skipped="5">');
    expect(xml).toMatch(/<testsuite name="token-of-another" [^>]*tests="34" failures="2"/);
    expect(xml).toMatch(
      /<testcase classname="copilot-runtimes.prod-eu.token-of-another" name="tenant\/acme → pool\/0"[^>]*\/>/,
    );
  });

  it('says of a failure what was expected, what was seen and what to do', () => {
    expect(xml).toMatch(
      /<failure message="the connection was accepted[^>]*><!\[CDATA\[expected: AUTHENTICATION_FAILED\nseen: the connection.*\ndo: give each runtime/,
    );
  });

  it('passes what is accepted, and says by which key', () => {
    expect(xml).toContain(
      '<system-out><![CDATA[accepted by smoke.accept.networkPolicyNotEnforced: the connection came about',
    );
    expect(renderJunit(healthyReport())).toContain('tests="132" failures="0"');
  });

  it('says why something was skipped', () => {
    expect(xml.replace(/\s*\n\s*/g, '')).toContain(
      '<skipped/><system-out><![CDATA[skipped: the idle timeout',
    );
  });

  it('keeps results of a check that was not asked for', () => {
    const stray = result('runtime', 'tenant/acme', undefined, { check: 'stray', verdict: 'failed' });
    expect(renderJunit(reportOf(manifestWith(HYBRID), [stray]))).toContain('<testsuite name="stray"');
  });

  it('is well formed, with hostile strings too', () => {
    expectWellFormed(xml);
    expectWellFormed(renderJunit(hostileReport()));
  });
});

describe('HTML', () => {
  const page = renderHtml(brokenReport());

  it('loads nothing and runs nothing', () => {
    for (const html of [page, renderHtml(hostileReport())]) {
      const tags = html.replace(/="[^"]*"/g, '=""');
      expect(tags).not.toMatch(/https?:|<script|<link|<img|<iframe|@import|url\(|<[^>]* on[a-z]+=/i);
      for (const [, link] of html.matchAll(/(?:href|src)="([^"]*)"/g)) expect(link).toMatch(/^#/);
    }
    expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'`);
  });

  it('escapes every text', () => {
    const hostile = renderHtml(hostileReport());
    const names = new Set([...hostile.matchAll(/<([a-z0-9]+)/g)].map(([, name]) => name));
    const known = new Set([...page.matchAll(/<([a-z0-9]+)/g)].map(([, name]) => name));
    expect([...names].filter((name) => !known.has(name))).toEqual([]);
    expect(hostile.match(/<h1>/g)).toHaveLength(1);
    expect(hostile).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(hostile).toContain('&lt;%= it.report.name %&gt;');
    expect(hostile).not.toMatch(/[^\P{Cc}\n\t]|\p{Cf}|\p{Cs}/u);
  });

  it('has only links that lead somewhere, and each id once', () => {
    for (const html of [page, renderHtml(hostileReport())]) {
      const ids = [...html.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
      expect(new Set(ids).size).toBe(ids.length);
      for (const [, target] of html.matchAll(/href="#([^"]*)"/g)) expect(ids).toContain(target);
    }
  });

  it('can be read without seeing colours', () => {
    expect(page).toContain('<html lang="en">');
    expect(page).toContain('<title>Failed: prod-eu, smoke report</title>');
    expect(page).toContain('<th scope="row"><span class="tenant">acme</span>');
    expect(page).toContain('<th scope="col"><span>globex</span></th>');
    expect(page).toMatch(
      /<a class="failed" href="#pair.acme.globex" title="acme → globex: failed">.*?<span class="hidden">failed<\/span>/,
    );
  });

  it('leads from a cell to the failure behind it', () => {
    expect(page).toMatch(/id="pair.acme.globex".*?<a href="#failure-1">token-of-another<\/a> <span>1 failed/);
    expect(page).toMatch(/id="failure-1".*?AUTHENTICATION_FAILED.*?raise connectionTokenRevision/s);
    expect(page).not.toMatch(/id="pair.acme.initech".{0,80}failed/);
  });

  it('has no part on failures where there are none', () => {
    const healthy = renderHtml(healthyReport());
    expect(healthy).not.toContain('What failed');
    expect(healthy).toContain('Known and accepted');
    expect(healthy).toContain('<code>smoke.accept.networkPolicyNotEnforced</code>');
  });

  it('says who was not tried', () => {
    expect(page).toMatch(/Not running, so not tried:.*wonka.*\(suspended\)/);
    expect(page).not.toContain('<th scope="col"><span>wonka');
  });

  it('writes the names of many tenants upwards', () => {
    const manifest = largeManifest();
    const large = renderHtml(reportOf(manifest, healthyResults(manifest)));
    expect(large).toContain('class="matrix rotated"');
    expect(large.match(/<a class="(passed|accepted)" href="#pair/g)).toHaveLength(60 * 59);
    expect(page).not.toContain('matrix rotated');
  });

  it('says so when there is no pair, and when a check has no results', () => {
    const lonely = renderHtml(reportOf(manifestWith({ a: 'dedicated' }), []));
    expect(lonely).toContain('no two active tenants');
    expect(lonely).toContain('there are no results');
  });
});

describe('report directory', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'report-'));
  });

  it('gets three files, readable by all, and nothing else', async () => {
    const directory = join(root, 'a', 'b');
    const before = process.umask(0o077);
    const paths = await writeReports(brokenReport(), directory).finally(() => process.umask(before));
    expect(paths).toEqual({
      html: join(directory, 'report.html'),
      json: join(directory, 'report.json'),
      junit: join(directory, 'junit.xml'),
    });
    expect((await readdir(directory)).sort()).toEqual(['junit.xml', 'report.html', 'report.json']);
    expect((await stat(paths.html)).mode & 0o777).toBe(0o644);
    expect(await readFile(paths.json, 'utf8')).toBe(renderJson(brokenReport()));
  });

  it('has its reports replaced', async () => {
    await writeReports(brokenReport(), root);
    const { html } = await writeReports(healthyReport(), root);
    expect(await readFile(html, 'utf8')).toBe(renderHtml(healthyReport()));
  });

  it('keeps the old reports whole and no rest of new ones when writing fails', async () => {
    await mkdir(join(root, 'report.html'));
    await expect(writeReports(brokenReport(), root)).rejects.toThrow();
    expect(await readdir(root)).toEqual(['report.html']);
  });

  it('is made before a run, and left empty', async () => {
    await prepareReportDirectory(join(root, 'new', 'deep'));
    expect(await readdir(join(root, 'new', 'deep'))).toEqual([]);
  });

  it('fails before a run when it is a file, or lies under one', async () => {
    const file = join(root, 'file');
    await writeFile(file, '');
    await expect(prepareReportDirectory(file)).rejects.toThrow(
      new InputError(file, [
        {
          path: [],
          message: 'must be a directory, got a file: remove it, or choose another report directory',
        },
      ]),
    );
    await expect(prepareReportDirectory(join(file, 'below'))).rejects.toThrow(
      /a part of its path is a file: choose/,
    );
    expect((await stat(file)).isFile()).toBe(true);
  });

  it('fails before a run when a report could not take its place', async () => {
    await mkdir(join(root, 'report.html'));
    await expect(prepareReportDirectory(root)).rejects.toThrow(
      /a file or nothing at report.html, got a directory/,
    );
  });

  it('fails before a run when it cannot be written to', async () => {
    // Root may write anywhere, but not even root makes a directory in /proc.
    await chmod(root, 0o500);
    const target = process.getuid?.() === 0 ? '/proc/reports' : root;
    const attempt = prepareReportDirectory(target);
    await expect(attempt).rejects.toThrow(InputError);
    await expect(attempt).rejects.toThrow(/must be .*: .*choose another report directory/);
  });
});

it('reporters do not change the report', () => {
  const freeze = <T>(value: T): T => {
    if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(freeze);
    return value;
  };
  const report: Report = freeze(brokenReport());
  expect([renderHtml, renderJson, renderJunit].map((render) => render(report) === render(report))).toEqual([
    true,
    true,
    true,
  ]);
});
