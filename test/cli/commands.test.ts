import { readdirSync } from 'node:fs';

import { describe, expect, it } from '@jest/globals';

import { COMMANDS } from '../../cli/commands/index.js';

describe('the commands', () => {
  it('are listed under the names that they give themselves', async () => {
    for (const [name, load] of Object.entries(COMMANDS)) expect((await load()).name()).toBe(name);
  });

  it('are all listed', () => {
    const files = readdirSync('cli/commands').map((file) => file.replace(/\.ts$/, ''));
    expect(files.filter((name) => name !== 'index').toSorted()).toEqual(Object.keys(COMMANDS).toSorted());
  });
});
