import { describe, expect, it } from 'vitest';
import type { EventRecord } from '#gateway/model/message.ts';
import { sampleRecord } from './open-test-journal.ts';
import { decodeRecord, encodeRecord } from './record-codec.ts';
import { WireWriter } from './wire-writer.ts';

function encode(record: EventRecord): Buffer {
  const wire = new WireWriter(0);
  encodeRecord(record, wire);
  return Buffer.from(wire.message());
}

// Made by hand from the field table of docs/journal-format.md.
const SMALL = [
  '0a 03 612f62', // topic "a/b"
  '12 02 0102', // payload
  '18 d8b5e285e368', // wall_ms, zigzag
  '20 b96b', // monotonic_us 13753
  '29 efcdab8967452301', // clock_run
  '30 03', // quality gnss
  '3a 02 6339', // client_id "c9"
  '40 01', // qos
].join('');

const smallBytes = () => Buffer.from(SMALL.replaceAll(' ', ''), 'hex');

const small: EventRecord = {
  topic: 'a/b',
  payload: Buffer.from([1, 2]),
  qos: 1,
  isRetained: false,
  isDuplicate: false,
  clientId: 'c9',
  stamp: { wallMs: 1_799_999_999_340, monotonicMs: 13.753, clockRun: '0123456789abcdef', quality: 'gnss' },
};

describe('encodeRecord', () => {
  it('writes the bytes that the format draws', () => {
    expect(encode(small).toString('hex')).toBe(smallBytes().toString('hex'));
  });

  it('keeps its lengths right when they need more bytes than characters', () => {
    const topic = `devices/${'ü'.repeat(100)}`;
    expect(decodeRecord(encode(sampleRecord('x', { topic })))).toMatchObject({ topic });
  });

  it('refuses a number that would garble the bytes behind it', () => {
    expect(() => encode(sampleRecord('x', { packetId: -1 }))).toThrow('integer');
    expect(() => encode(sampleRecord('x', { expirySeconds: Number.POSITIVE_INFINITY }))).toThrow('integer');
  });
});

describe('decodeRecord', () => {
  it('reads the bytes that the format draws', () => {
    expect(decodeRecord(smallBytes())).toEqual(small);
  });

  it('keeps fields of a newer version and gives them back', () => {
    const newer = Buffer.from('c2 3e 03 616263 c8 3e 07'.replaceAll(' ', ''), 'hex'); // fields 1000 and 1001
    const record = decodeRecord(Buffer.concat([newer.subarray(0, 6), smallBytes(), newer.subarray(6)]));
    expect(record).toEqual({ ...small, unknownFields: newer });
    expect(encode({ ...small, unknownFields: newer })).toEqual(Buffer.concat([smallBytes(), newer]));
  });

  it('keeps values that an enumeration does not have yet', () => {
    const newer = Buffer.from('3009', 'hex'); // quality 9
    expect(decodeRecord(newer)).toMatchObject({ stamp: { quality: 'none' }, unknownFields: newer });
  });

  it('takes a known number with another wire type for an unknown field', () => {
    const newer = Buffer.from('0801', 'hex'); // topic as a varint
    expect(decodeRecord(newer)).toMatchObject({ topic: '', unknownFields: newer });
  });

  it.each([
    ['truncated', 'a text longer than what is left', '0a05616263'],
    ['truncated', 'a length without text', '0a'],
    ['truncated', 'a fixed64 of four bytes', '2900000000'],
    ['truncated', 'a varint without end', '18ffff'],
    ['truncated', 'a length of 2^49', '12ffffffffffff7f'],
    ['bad-varint', 'a varint of eleven bytes', '18ffffffffffffffffffff01'],
    ['number-too-large', 'a length of 2^63', '12ffffffffffffffff7f'],
    ['number-too-large', 'a number above 2^53', '20ffffffffffffff7f'],
    ['bad-tag', 'field number 0', '0001'],
    ['bad-tag', 'a group, which proto3 does not have', 'c33e'],
  ])('rejects with %s: %s', (reason, _, hex) => {
    expect(decodeRecord(Buffer.from(hex, 'hex'))).toBe(reason);
  });
});
