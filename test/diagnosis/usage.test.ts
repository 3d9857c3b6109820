import { describe, expect, it } from '@jest/globals';

import { lastUsage, readStatus } from '../../diagnosis/index.js';

const STATUS = {
  ready: true,
  version: '1.0.85',
  liveSessions: 2,
  sessions: 10,
  runningTurns: 1,
  residentMemoryBytes: 100,
  volumeSizeBytes: 1000,
  volumeFreeBytes: 400,
  turns: { completed: 3 },
};
const USAGE = {
  version: '1.0.85',
  liveSessions: 2,
  sessions: 10,
  runningTurns: 1,
  memoryBytes: 100,
  volume: { sizeBytes: 1000, usedBytes: 600 },
};

describe('what a host says of itself', () => {
  it.each([
    ['all of it', STATUS, { usage: USAGE }],
    ['that it is not ready', { ready: false, reason: 'EROFS' }, { notReady: 'EROFS', usage: {} }],
    ['without a reason', { ready: false }, { notReady: 'its host does not say why', usage: {} }],
    ['a volume without a size', { ready: true, volumeSizeBytes: 0, volumeFreeBytes: 0 }, { usage: {} }],
    ['an earlier host, ready', { status: 'ok' }, { usage: {} }],
    ['an earlier host, not ready', { status: 'failed', reason: 'ENOSPC' }, { notReady: 'ENOSPC', usage: {} }],
    ['a host that does not know the question', { status: 'not found', reason: 'use GET …' }, undefined],
    ['nonsense', { ready: true, sessions: -1 }, undefined],
  ])('%s', (_, body, said) => expect(readStatus(JSON.stringify(body))).toEqual(said));

  it('is nothing where a page of somebody else answers', () =>
    expect(readStatus('<h1>hello</h1>')).toBeUndefined());
});

describe('what a host has logged', () => {
  const line = (fields: object) => JSON.stringify({ level: 'info', ...fields });
  const at = (minute: number) => `2026-11-21T10:0${minute}:00.000Z`;

  it('is taken from the last line that tells it, whatever else is said', () => {
    const log = [
      line({ ...STATUS, sessions: 9, time: at(1), msg: 'status' }),
      line({ ...STATUS, time: at(2), msg: 'status' }),
      line({ time: at(3), msg: 'deleted expired sessions', sessions: 5 }),
      'a line of the runtime, { half of it',
    ].join('\n');
    expect(lastUsage(log)).toEqual({ ...USAGE, at: Date.parse(at(2)) });
  });

  it('is nothing before the first', () => expect(lastUsage(line({ msg: 'ready' }))).toBeUndefined());
});
