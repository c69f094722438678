import { describe, expect, it } from 'vitest';
import { sampleRecord } from '#gateway/journal/open-test-journal.ts';
import { decodeStateRecord, encodeStateRecords, type StateChange } from './state-record.ts';

const kind = { stamp: sampleRecord('').stamp, isCopy: false, maxRecordBytes: 100 };

/** Payloads as hex; each is valid only until the next is asked for. */
function encode(changes: readonly StateChange[], isCopy = false): readonly string[] {
  const payloads: string[] = [];
  for (const { record } of encodeStateRecords(changes, { ...kind, isCopy })) {
    payloads.push(Buffer.from(record.payload).toString('hex'));
  }
  return payloads;
}

function decode(hex: string, topic = 'state/changes') {
  return decodeStateRecord(sampleRecord('', { topic, payload: Buffer.from(hex.replaceAll(' ', ''), 'hex') }));
}

// Made by hand from the field table of docs/journal-format.md.
const SET = '0a 06 0a 01 61 12 01 31'; // key "a", value "1"
const DELETED = '0a 03 0a 01 62'; // key "b", no value
const FIRST = '10 00';
const LAST = '18 01';

describe('encodeStateRecords', () => {
  it('writes the bytes that the format draws', () => {
    const changes: readonly StateChange[] = [
      ['a', Buffer.from('1')],
      ['b', undefined],
    ];
    expect(encode(changes)).toEqual([`${SET}${DELETED}${FIRST}${LAST}`.replaceAll(' ', '')]);
    expect(encode(changes, true)).toEqual([`${SET}${DELETED}${LAST}`.replaceAll(' ', '')]);
  });

  it('begins another record before one is too large, and tells the parts', () => {
    const changes = ['a', 'b', 'c', 'd'].map((key): StateChange => [key, Buffer.alloc(key === 'c' ? 500 : 40)]);
    const parts = encode(changes).map((hex) => {
      const decoded = decode(hex);
      return (
        typeof decoded === 'object' && [decoded.part, decoded.isLast, decoded.changes.map(({ key }) => key).join('')]
      );
    });
    expect(parts).toEqual([
      [0, false, 'ab'],
      [1, false, 'c'],
      [2, true, 'd'],
    ]);
  });
});

describe('decodeStateRecord', () => {
  it('reads the bytes that the format draws', () => {
    expect(decode(`${SET}${DELETED}${FIRST}${LAST}`)).toEqual({
      changes: [
        { key: 'a', value: Buffer.from('1'), sizeBytes: 8 },
        { key: 'b', value: undefined, sizeBytes: 5 },
      ],
      part: 0,
      isLast: true,
    });
    expect(decode(`${SET}${LAST}`, 'state/copies')).toMatchObject({ part: undefined });
  });

  it('tells an empty value from none', () => {
    expect(decode(`0a 05 0a 01 61 12 00 ${LAST}`)).toMatchObject({ changes: [{ value: Buffer.alloc(0) }] });
  });

  it('passes over fields of a newer version, and over records of another kind', () => {
    expect(decode(`0a 08 0a 01 61 12 01 31 18 07 20 07 ${LAST}`)).toMatchObject({
      changes: [{ key: 'a' }],
      isLast: true,
    });
    expect(decode(SET, 'events/gateway.epoch')).toBeUndefined();
  });

  it.each([
    ['a length beyond the end', '0a 07 0a 01 61 12 01 31', 'truncated'],
    ['a change cut short', '0a 05 0a 01 61 12 01', 'truncated'],
    ['a varint without an end', '10 ff', 'truncated'],
    ['a varint that is too long', `10 ${'ff '.repeat(11)}`, 'bad-varint'],
    ['a part above 2^53', `10 ${'ff '.repeat(8)} 7f`, 'number-too-large'],
    ['a field without a number', '00 00', 'bad-tag'],
    ['a wire type that is none', '0f', 'bad-tag'],
  ])('refuses %s', (_, hex, reason) => {
    expect(decode(hex)).toBe(reason);
  });
});
