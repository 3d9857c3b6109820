import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { FrameError, FrameReader } from '../../../services/gateway/framing.js';
import { encode } from '../../../services/gateway/message.js';

function reader(maxBytes = 1000) {
  const frames: string[] = [];
  const made = new FrameReader(
    () => maxBytes,
    (body) => frames.push(body.toString()),
  );
  return { frames, made, push: (text: string) => made.push(Buffer.from(text)) };
}

describe('a stream of frames', () => {
  it('is read the same however it is cut', () => {
    const messages = fc.array(fc.record({ method: fc.string(), params: fc.object() }), { maxLength: 5 });
    fc.assert(
      fc.property(messages, fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }), (sent, cuts) => {
        const stream = Buffer.from(sent.map(encode).join(''));
        const { frames, made } = reader(1_000_000);
        for (let at = 0, cut = 0; at < stream.length; cut++) {
          const length = cuts[cut % cuts.length]!;
          made.push(stream.subarray(at, at + length));
          at += length;
        }
        expect(made.partial).toBe(false);
        expect(frames).toEqual(sent.map((one) => JSON.stringify({ jsonrpc: '2.0', ...one })));
      }),
      { numRuns: 50 },
    );
  });

  it.each([
    ['two lengths', 'Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}'],
    ['two lengths, one in another case', 'Content-Length: 2\r\ncontent-length: 2\r\n\r\n{}'],
    ['no length', 'Content-Type: x\r\n\r\n'],
    ['a length of nothing', 'Content-Length: 0\r\n\r\n'],
    ['a negative length', 'Content-Length: -1\r\n\r\n'],
    ['a hexadecimal length', 'Content-Length: 0x2\r\n\r\n{}'],
    ['a signed length', 'Content-Length: +2\r\n\r\n{}'],
    ['no header line', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['a header without an end', 'x'.repeat(1024)],
    ['a large body', 'Content-Length: 1001\r\n\r\n'],
  ])('%s ends it', (_, text) => {
    expect(() => reader().push(text)).toThrow(FrameError);
  });

  it('is refused by its header before any of a large body is kept', () => {
    const { push, frames } = reader(10);
    expect(() => push('Content-Length: 11\r\n\r\n')).toThrow('11 bytes, and 10 are allowed');
    expect(frames).toEqual([]);
    expect(() => reader(11).push('Content-Length: 11\r\n\r\n')).not.toThrow();
  });
});
