import { BuiltInTools, ToolSet } from '@github/copilot-sdk';
import { describe, expect, it } from '@jest/globals';

import { AllowlistError, assertAllowlist, RuntimeClient } from '../../client/index.js';

/** Each rule with what it lets pass and what it refuses, which differ in little. */
const RULES: readonly { rule: string; good: readonly string[]; bad: Readonly<Record<string, RegExp>> }[] = [
  {
    rule: 'an entry names where the tool comes from',
    good: ['custom:lookup', 'builtin:view', 'mcp:search'],
    bad: {
      '*': /"\*" names no origin: write builtin:<tool>, custom:<tool>, mcp:<tool>/,
      lookup: /"lookup" names no origin/,
      'foo:*': /"foo:\*" names no origin/,
      ':lookup': /":lookup" names no origin/,
      'Custom:lookup': /"Custom:lookup" names no origin/,
      ' custom:lookup': /" custom:lookup" names no origin/,
      'toString:x': /"toString:x" names no origin/,
      '': /"" names no origin/,
    },
  },
  {
    rule: 'an entry names a tool',
    good: ['custom:*', 'mcp:*', 'custom:look_up-2.v1', 'mcp:server-tool'],
    bad: {
      'custom:': /"custom:" names no tool: write custom:<tool> or custom:\*/,
      'mcp:': /"mcp:" names no tool: write mcp:<tool> or mcp:\*/,
      'builtin:': /"builtin:" names no tool: write builtin:<tool>$/,
      'custom:**': /"custom:\*\*" names no tool/,
      'custom:look*': /names no tool/,
      'custom:look up': /names no tool/,
      'custom:a:b': /names no tool/,
      'custom:lookup\n': /"custom:lookup\\n" names no tool/,
    },
  },
  {
    rule: 'built-in tools are named one by one',
    good: ['builtin:task'],
    bad: { 'builtin:*': /allows the shell and the files of the runtime: name the built-in tools one by one/ },
  },
];

describe.each(RULES)('an allowlist: $rule', ({ good, bad }) => {
  it.each(good)('%j passes', (entry) => {
    expect(() => assertAllowlist([entry])).not.toThrow();
  });

  it.each(Object.entries(bad))('%j does not', (entry, message) => {
    expect(() => assertAllowlist([entry])).toThrow(message);
    expect(() => assertAllowlist(['custom:good', entry])).toThrow(AllowlistError);
  });
});

describe('an allowlist', () => {
  it('may be empty, but not left out', () => {
    expect(() => assertAllowlist([])).not.toThrow();
    expect(() => assertAllowlist(undefined)).toThrow(/availableTools is required: .*or \[\] for none/);
  });

  it('may be a tool set, whose entries are looked at too', () => {
    expect(() =>
      assertAllowlist(new ToolSet().addCustom('*').addBuiltIn(BuiltInTools.Isolated)),
    ).not.toThrow();
    expect(() => assertAllowlist(new ToolSet().addBuiltIn('*'))).toThrow(/"builtin:\*" allows the shell/);
  });

  it('reports every mistake at once', () => {
    expect(() => assertAllowlist(['foo:*', 'custom:x', 'custom:'])).toThrow(/"foo:\*".*; "custom:".*/);
  });

  it('is looked at before a session is created or resumed, without asking the runtime', async () => {
    // Nobody listens there: an answer would have to come from the runtime.
    const client = new RuntimeClient({ address: '127.0.0.1:1' });
    const config = { availableTools: ['builtin:*'] };
    await expect(client.createSession(config)).rejects.toBeInstanceOf(AllowlistError);
    await expect(client.createSession({})).rejects.toBeInstanceOf(AllowlistError);
    await expect(client.resumeSession('s', config)).rejects.toBeInstanceOf(AllowlistError);
    await expect(client.resumeSession('s', {})).rejects.toBeInstanceOf(AllowlistError);
    await client.forceStop();
  });
});
