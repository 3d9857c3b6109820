import { readFileSync } from 'node:fs';

import { describe, expect, it } from '@jest/globals';

import { containerGroupBody } from './deployer/container-group.js';
import { GROUP_EXAMPLES } from './deployer/examples.js';
import { inOrder, resolve, type StackResource } from './deployer/stack.js';
import { comparableBody, SENT_FILE } from './support/sent.js';

/** What the real provider has sent for the same configuration; `life/provider.long.test.ts` writes it anew. */
const sent = JSON.parse(readFileSync(SENT_FILE, 'utf8')) as Record<string, object>;

describe('a container group', () => {
  it.each(Object.keys(GROUP_EXAMPLES))('%s is sent as the real provider sends it', (name) => {
    expect(comparableBody(containerGroupBody(GROUP_EXAMPLES[name]!))).toEqual(comparableBody(sent[name]!));
  });
});

const resource = (address: string, config: StackResource['config']): StackResource => ({
  address,
  type: address.split('.')[0]!,
  config,
});

describe('a stack', () => {
  it('is created in the order of its references and of depends_on', () => {
    const all = [
      resource('a.third', { name: '${b.second.name}' }),
      resource('b.second', { depends_on: ['c.first'] }),
      resource('c.first', {}),
    ];
    expect(inOrder(all).map(({ address }) => address)).toEqual(['c.first', 'b.second', 'a.third']);
  });

  it('with a circle is refused', () => {
    const all = [resource('a.one', { x: '${a.two.id}' }), resource('a.two', { x: '${a.one.id}' })];
    expect(() => inOrder(all)).toThrow('a circle of a.one, a.two');
  });

  it('has its references replaced wherever they stand, and what is escaped left', () => {
    const config = { a: 'x-${b.c.id}', list: [{ d: '${b.c.name}' }], escaped: '$${kept}', n: 1 };
    expect(resolve(config, (reference) => `<${reference}>`)).toEqual({
      a: 'x-<b.c.id>',
      list: [{ d: '<b.c.name>' }],
      escaped: '${kept}',
      n: 1,
    });
  });
});
