import { readFile } from 'node:fs/promises';

import { describe, expect, it } from '@jest/globals';

import { DENIED } from '../../../services/gateway/methods-denied.js';
import { ALLOWED, ASKED, whyDenied } from '../../../services/gateway/methods.js';

import { withMethodTables } from '../../../services/gateway/reference.js';

import { sdkHandlers, sdkMethods } from './support/sdk-methods.js';

const undecided = (methods: readonly string[]) =>
  methods.filter((method) => !Object.hasOwn(ALLOWED, method) && whyDenied(method) === undefined);

describe('the table of methods', () => {
  const methods = sdkMethods();

  it('decides about every method of the pinned SDK', () => {
    expect(methods.length).toBeGreaterThan(350);
    expect(undecided(methods)).toEqual([]);
  });

  it('would not be complete with a method that is new', () => {
    expect(undecided([...methods, 'session.brandNew'])).toEqual(['session.brandNew']);
    expect(undecided(['constructor', 'toString', '__proto__'])).toHaveLength(3);
  });

  it('names no method twice and none that there is not', () => {
    expect(Object.keys(ALLOWED).filter((method) => Object.hasOwn(DENIED, method))).toEqual([]);
    const known = [...Object.keys(ALLOWED), ...Object.keys(DENIED)].sort();
    expect(known).toEqual(methods);
  });

  it('refuses what stops a replica, runs commands on it, or speaks of all its sessions', () => {
    for (const method of [
      'runtime.shutdown',
      'session.shell.exec',
      'session.shell.executeUserRequested',
      'sessions.fork',
      'sessions.bulkDelete',
      'sessions.pruneOld',
      'plugins.install',
      'mcp.config.add',
      'account.login',
      'sessionFs.setProvider',
      'llmInference.setProvider',
      'session.workspaces.readFile',
      'session.permissions.setMode',
      'session.provider.add',
    ]) {
      expect([method, whyDenied(method)]).toEqual([method, expect.any(String)]);
    }
  });

  it('decides about what a runtime may ask: only what concerns one session', () => {
    const handlers = sdkHandlers();
    expect(handlers.filter((method) => Object.hasOwn(ASKED, method)).sort()).toEqual(
      Object.keys(ASKED).sort(),
    );
    const refused = handlers.filter((method) => !Object.hasOwn(ASKED, method));
    expect(refused.filter((method) => !/^(sessionFs|canvas|factory|llmInference)\./.test(method))).toEqual([
      'extensionLaunchProvider.resolve',
      'gitHubToken.getToken',
      'tasks.cancel',
    ]);
  });
});

describe('docs/gateway.md', () => {
  it('has the methods of today: npm run docs', async () => {
    const page = await readFile('docs/gateway.md', 'utf8');
    expect(withMethodTables(page)).toBe(page);
    // It would be found out of date.
    expect(withMethodTables(page)).not.toBe(page.replace('`session.shell.exec`, ', ''));
    expect(() => withMethodTables('# Gateway')).toThrow('lacks');
  });
});
