import { readFile } from 'node:fs/promises';

import { describe, expect, it } from '@jest/globals';

import { CHECKS } from '../../smoke/checks/index.js';
import { withCheckTable } from '../../smoke/checks/reference.js';

describe('docs/smoke.md', () => {
  it('has the checks of today: npm run docs', async () => {
    const page = await readFile('docs/smoke.md', 'utf8');
    expect(withCheckTable(page, CHECKS)).toBe(page);
  });

  it('would be found out of date', async () => {
    const page = await readFile('docs/smoke.md', 'utf8');
    expect(withCheckTable(page, CHECKS.slice(1))).not.toBe(page);
  });

  it('needs its markers', () => {
    expect(() => withCheckTable('# Smoke', CHECKS)).toThrow('lacks');
  });
});

describe('the checks', () => {
  it('have ids of their own, and a sentence of why', () => {
    expect(new Set(CHECKS.map(({ id }) => id)).size).toBe(CHECKS.length);
    for (const { why } of CHECKS) expect(why).toMatch(/^[A-Z].*\.$/);
  });
});
