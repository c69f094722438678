import { describe, expect, it } from 'vitest';
import { sampleRecord } from '#gateway/journal/open-test-journal.ts';
import type { Letter } from './letter.ts';
import { decodeLetter, encodeLetter, peekLetter } from './letter-codec.ts';
import { refused } from './testing/open-test-letters.ts';

const { stamp } = sampleRecord('');
const LETTER: Letter = {
  ...{ order: 7, sink: 'hub', stored: refused(4711).stored, cutBytes: 0 },
  ...{
    code: 'hub.rejectedEvent',
    reason: 'it says no',
    attempts: 3,
    first: stamp,
    last: { ...stamp, quality: 'none' },
  },
};

describe('a dead letter on disk', () => {
  it('is read back as it was written', () => {
    expect(decodeLetter(encodeLetter(LETTER))).toEqual(LETTER);
    const lost = { ...LETTER, cutBytes: 5_000_000, stored: { ...LETTER.stored, firstLost: 4000 } };
    expect(decodeLetter(encodeLetter(lost))).toEqual(lost);
  });

  it('is read although a newer version has written more', () => {
    const more = Buffer.concat([encodeLetter(LETTER), Buffer.from([0xf8, 0x07, 0x01])]);
    expect(decodeLetter(more)).toEqual(LETTER);
  });

  const whole = encodeLetter(LETTER);
  it.each([
    ['nothing', Buffer.alloc(0), 'no-record'],
    ['a sink that is no slug', encodeLetter({ ...LETTER, sink: '../hub' }), 'bad-name'],
    [
      'a stream that is no slug',
      encodeLetter({ ...LETTER, stored: { ...LETTER.stored, stream: 'A' as never } }),
      'bad-name',
    ],
    ['half of it', whole.subarray(0, whole.length - 1), 'truncated'],
    ['a record that ends early', Buffer.from([0x3a, 0x02, 0x0a, 0x05]), 'truncated'],
    ['a number without an end', Buffer.alloc(12, 0xff), 'bad-varint'],
    ['a tag that is none', Buffer.from([0x07]), 'bad-tag'],
  ])('is none with %s', (_, bytes, reason) => {
    expect(decodeLetter(bytes)).toBe(reason);
  });

  it.each([
    ['nothing', Buffer.alloc(0), 'no-record'],
    ['half of it', whole.subarray(0, whole.length - 1), 'truncated'],
    ['a number without an end', Buffer.alloc(12, 0xff), 'bad-varint'],
    ['a tag that is none', Buffer.from([0x07]), 'bad-tag'],
  ])('has no place with %s', (_, bytes, reason) => {
    expect(peekLetter(bytes)).toBe(reason);
  });

  it('is a letter although its times cannot be read', () => {
    const stampField = Buffer.from([0x62, 0x01, 0xff]);
    expect(decodeLetter(Buffer.concat([whole, stampField]))).toMatchObject({
      sink: 'hub',
      first: { quality: 'none', wallMs: 0 },
    });
  });
});
