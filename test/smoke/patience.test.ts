import { describe, expect, it } from '@jest/globals';

import { GATEWAY_CODE } from '../../smoke/gateway-codes.js';
import { withRoom } from '../../smoke/patience.js';

/** Fails so often with a code, and then gives the number of attempts. */
function failing(times: number, code: number) {
  let attempts = 0;
  return async () => {
    if (++attempts > times) return attempts;
    throw Object.assign(new Error(`attempt ${attempts}`), { code });
  };
}

describe('a tenant at a limit', () => {
  it('is tried again until there is room', async () => {
    expect(await withRoom(failing(2, GATEWAY_CODE.limit), 'a call')).toBe(3);
  });

  it('is told from one that may not', async () => {
    await expect(withRoom(failing(2, GATEWAY_CODE.forbidden), 'a call')).rejects.toThrow('attempt 1');
  });
});
