import { execFileSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

import { describe, expect, it } from '@jest/globals';
import { Lazy, TerraformStack, Testing, Token } from 'cdktf';
import fc from 'fast-check';

import { resolvePlain, resolvePlainValuesQuickly } from '../../stacks/cdktf-resolve.js';
import { temporaryDirectory } from '../support/cleanup.js';
import { cliEnvironment } from '../support/cli.js';
import { contents } from '../support/files.js';

const tokens = createRequire(import.meta.url)('cdktf/lib/_tokens') as {
  resolve: (scope: unknown, value: unknown) => unknown;
};
const stack = new TerraformStack(Testing.app(), 'stack');
const { resolve } = tokens;

const asCdktf = (value: unknown) => outcome(() => resolve(stack, value));
const asWe = (value: unknown) => outcome(() => resolvePlain(value, (marked) => resolve(stack, marked)));

/** What comes of it. Of what is thrown only the kind: the message has the path from where cdktf was asked. */
function outcome(run: () => unknown): unknown {
  try {
    return { value: run() };
  } catch (error) {
    return { thrown: (error as Error).name };
  }
}

const text = fc.oneof(
  fc.string(),
  fc.constantFrom(
    '${var.a}',
    '$${a}',
    '}',
    '1e5',
    '-1.5e+300',
    'sha256:00e12',
    '{"a":"${b}"}',
    'TfToken[',
    '',
  ),
);
const plain = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    text,
    fc.integer(),
    fc.double({ noNaN: true }),
    fc.boolean(),
    fc.constant(null),
    fc.constant(undefined),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(text, tie('value'), { maxKeys: 4 }),
  ),
})).value;

/** A value with a token of each kind somewhere in it. */
const marked = fc
  .tuple(
    plain,
    fc.constantFrom<() => unknown>(
      () => Token.asString({ a: 1 }),
      () => `before ${Token.asString({ b: 1 })} after`,
      () => Token.asNumber({ n: 1 }),
      () => [Token.asNumber({ n: 2 }), 2],
      () => Token.asList({ a: 1 }),
      () => ['x', Token.asString({ y: 1 })],
      () => Token.asStringMap({ c: 'd' }),
      () => Token.asAnyMap({ c: 1 }),
      () => Lazy.anyValue({ produce: () => ({ e: undefined, f: [undefined, 1] }) }),
      () => ({ [Token.asString({ key: 1 })]: 1 }),
      () => Token.STRING_MAP_TOKEN_VALUE,
      () => Token.NUMBER_MAP_TOKEN_VALUE,
      () => stack,
      () => () => 1,
    ),
  )
  .map(([beside, make]) => ({ beside, nested: [{ deeper: make() }], list: make() }));

describe('resolving plain values quickly', () => {
  it('gives what cdktf gives', () => {
    fc.assert(
      fc.property(plain, (value) => expect(asWe(value)).toStrictEqual(asCdktf(value))),
      { numRuns: 500 },
    );
  });

  it('gives what cdktf gives where there are tokens', () => {
    fc.assert(
      fc.property(marked, (value) => expect(asWe(value)).toStrictEqual(asCdktf(value))),
      { numRuns: 500 },
    );
  });

  it('asks cdktf about tokens only', () => {
    const asked: unknown[] = [];
    resolvePlain({ a: ['b', 1, true, null], c: { d: Token.asString({ e: 1 }) }, f: 'g}' }, (value) =>
      asked.push(value),
    );
    expect(asked).toEqual([expect.stringContaining('TfToken[')]);
  });

  it('finds its place in cdktf, and leaves it when told to', () => {
    expect(resolvePlainValuesQuickly({ CDKTF_STACK_TRACES: '1' })).toBe(false);
    expect(tokens.resolve).toBe(resolve);
    expect(resolvePlainValuesQuickly({})).toBe(true);
    expect(tokens.resolve).not.toBe(resolve);
    tokens.resolve = resolve;
  });

  it('changes no byte of the stacks of an example', () => {
    const name = 'isolated';
    const directory = temporaryDirectory();
    const source = path.resolve('examples/kubernetes');
    const topology = path.join(directory, `${name}.yaml`);
    for (const file of [`${name}.yaml`, `${name}.lock.json`])
      cpSync(path.join(source, file), path.join(directory, file));
    const synthesize = (outdir: string, env: Record<string, string>) => {
      const CDKTF_OUTDIR = path.join(directory, outdir);
      execFileSync(process.execPath, ['dist/stacks/main.js'], {
        env: cliEnvironment({ ...env, TOPOLOGY: topology, CDKTF_OUTDIR }),
      });
      return contents(CDKTF_OUTDIR);
    };
    const untouched = synthesize('untouched', { CDKTF_STACK_TRACES: '1' });
    expect(Object.keys(untouched).length).toBeGreaterThan(2);
    expect(synthesize('quick', {})).toEqual(untouched);
  });
});
