import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { HOST_ENV } from '../../topology/host-contract.js';
import { TestHost } from '../services/runtime-host/host.js';

const FOLDER = 'ops/azure';
const RUNBOOK = 'docs/operations.md';

const queries = readdirSync(FOLDER).map((file) => ({
  file,
  // What a comment says is not asked for.
  text: readFileSync(path.join(FOLDER, file), 'utf8').replace(/^\s*\/\/.*$/gm, ''),
}));

type Line = Readonly<Record<string, unknown>>;

/** Messages that a query waits for. */
const messagesIn = (text: string) =>
  [...text.matchAll(/Line\.msg (?:==|!=|in) (\([^)]*\)|"[^"]*")/g)].flatMap(([, found]) =>
    [...found!.matchAll(/"([^"]*)"/g)].map(([, message]) => message!),
  );

/** Fields of lines that a query reads, those of a value in a line as `turns.failed`. */
const fieldsIn = (text: string) =>
  new Set([
    ...[...text.matchAll(/\bLine\.(\w+)/g)].map(([, field]) => field!),
    ...[...text.matchAll(/\bTurns\.(\w+)/g)].map(([, field]) => `turns.${field!}`),
  ]);

const has = (line: unknown, field: string): boolean => {
  const [first = '', ...rest] = field.split('.');
  const value = (line as Record<string, unknown> | undefined)?.[first];
  return rest.length === 0 ? value !== undefined : has(value, rest.join('.'));
};

/** What a query asks for, and no host says. */
function inVain(text: string, lines: readonly Line[]): string[] {
  const messages = messagesIn(text);
  const asked = lines.filter(({ msg }) => messages.length === 0 || messages.includes(String(msg)));
  return [
    ...messages.filter((message) => !lines.some(({ msg }) => msg === message)),
    ...[...fieldsIn(text)].filter((field) => !asked.some((line) => has(line, field))),
  ];
}

/** All that a real host logs which lives through a bad hour and is then stopped. */
async function logOfAHost(): Promise<Line[]> {
  const host = await TestHost.ready({
    env: {
      [HOST_ENV.runtime]: 'tenant/acme',
      [HOST_ENV.statusSeconds]: '1',
      [HOST_ENV.sessionTtlHours]: '1',
      [HOST_ENV.cleanUpSeconds]: '1',
    },
  });
  await host.said('"expiredSessions":0');
  const state = path.join(host.home, 'session-state');
  rmSync(state, { recursive: true });
  writeFileSync(state, '');
  await host.said('not ready any more');
  rmSync(state);
  mkdirSync(state);
  await host.said('ready again');
  host.signal('SIGTERM');
  await host.exited;
  return host.output
    .split('\n')
    .filter((text) => text.startsWith('{'))
    .map((text) => JSON.parse(text) as Line);
}

describe('queries for Log Analytics', () => {
  it('ask for nothing that hosts do not log', async () => {
    const lines = await logOfAHost();
    expect(queries.length).toBeGreaterThan(5);
    expect(
      queries.flatMap(({ file, text }) => inVain(text, lines).map((what) => `${file}: ${what}`)),
    ).toEqual([]);
    // What is checked is what they ask for, and it is checked.
    const all = queries.map(({ text }) => text).join('\n');
    expect(fieldsIn(all).size).toBeGreaterThan(15);
    expect(inVain('| where Line.msg == "status" | project Line.sessons', lines)).toEqual(['sessons']);
    expect(inVain('| where Line.msg in ("status", "redy")', lines)).toEqual(['redy']);
    expect(inVain('| where Line.msg == "drained" | project Line.sessions', lines)).toEqual(['sessions']);
    expect(inVain('| extend Turns = Line.turns | project Turns.faild', lines)).toEqual(['turns.faild']);
  });

  it('read the table of container groups, say what they are for, and stand in the runbook', () => {
    for (const { file, text } of queries) {
      expect([file, text]).toEqual([file, expect.stringContaining('ContainerInstanceLog_CL')]);
      expect(readFileSync(path.join(FOLDER, file), 'utf8')).toMatch(/^\/\/ [A-Z]/);
      expect(readFileSync(RUNBOOK, 'utf8')).toContain(`](../${FOLDER}/${file})`);
    }
  });
});
