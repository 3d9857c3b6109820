import { randomUUID } from 'node:crypto';
import { chmod, mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

import { InputError } from '../../topology/problems.js';
import type { Report } from '../model.js';

import { renderHtml } from './html.js';
import { renderJson } from './json.js';
import { renderJunit } from './junit.js';

/** Names of the files in a report directory. */
export const REPORT_FILES = { html: 'report.html', json: 'report.json', junit: 'junit.xml' } as const;

export type ReportPaths = Readonly<Record<keyof typeof REPORT_FILES, string>>;

const KINDS = Object.keys(REPORT_FILES) as (keyof typeof REPORT_FILES)[];

/**
 * Finds out before a run, which may take minutes, whether its report can be written.
 *
 * @throws {InputError} when it cannot
 */
export async function prepareReportDirectory(directory: string): Promise<void> {
  try {
    await makeDirectory(resolve(directory));
    const probe = temporaryIn(directory);
    await writeFile(probe, '', { flag: 'wx' });
    await rm(probe);
  } catch (error) {
    throw new InputError(directory, [{ path: [], message: await explain(error, directory) }]);
  }
  const taken = await Promise.all(KINDS.map((kind) => isDirectory(join(directory, REPORT_FILES[kind]))));
  const problems = KINDS.filter((_, index) => taken[index]).map((kind) => ({
    path: [],
    message: `must have a file or nothing at ${REPORT_FILES[kind]}, got a directory: remove it, or choose another report directory`,
  }));
  if (problems.length > 0) throw new InputError(directory, problems);
}

/** Writes the HTML, JSON and JUnit reports; whoever reads meanwhile sees a whole old file or a whole new one. */
export async function writeReports(report: Report, directory: string): Promise<ReportPaths> {
  const contents = { html: renderHtml(report), json: renderJson(report), junit: renderJunit(report) };
  await makeDirectory(resolve(directory));
  const files = KINDS.map((kind) => ({
    text: contents[kind],
    temporary: temporaryIn(directory),
    path: join(directory, REPORT_FILES[kind]),
  }));
  try {
    for (const { text, temporary } of files) {
      await writeFile(temporary, text, { flag: 'wx' });
      // Not as an option of writeFile: the umask would take away what a web server or CI needs to read.
      await chmod(temporary, 0o644);
    }
    for (const { temporary, path } of files) await rename(temporary, path);
  } catch (error) {
    await Promise.all(files.map(({ temporary }) => rm(temporary, { force: true })));
    throw error;
  }
  const [html, json, junit] = files.map(({ path }) => path) as [string, string, string];
  return { html, json, junit };
}

/** `mkdir -p`. Node's own loops for ever where a file system denies with ENOENT, as /proc does. */
async function makeDirectory(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (await isDirectory(path)) return;
    if (code !== 'ENOENT' || dirname(path) === path) throw error;
    await makeDirectory(dirname(path));
    await mkdir(path);
  }
}

const temporaryIn = (directory: string) => join(directory, `.report-${randomUUID()}.tmp`);

async function isDirectory(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}

async function explain(error: unknown, directory: string): Promise<string> {
  const { code = '', message } = error as NodeJS.ErrnoException;
  const elsewhere = 'choose another report directory';
  if (code === 'EEXIST' && !(await isDirectory(directory))) {
    return `must be a directory, got a file: remove it, or ${elsewhere}`;
  }
  switch (code) {
    case 'ENOTDIR':
      return `must be a directory, but a part of its path is a file: ${elsewhere}`;
    case 'EACCES':
    case 'EPERM':
      return `must be writable, got ${code}: give uid ${process.getuid?.() ?? '?'} the right to write, or ${elsewhere}`;
    case 'EROFS':
      return `must be writable, got a read-only file system: mount a volume there, or ${elsewhere}`;
    case 'ENOSPC':
      return `must have space left, got a full file system: free some, or ${elsewhere}`;
    default:
      return `must be a directory that can be written to, got ${code === '' ? message : code}: ${elsewhere}`;
  }
}
