import { describe, expect, it } from 'vitest';
import { CSV_HEAD, formatCsv, formatJson, formatText, formatTime } from './format-item.ts';
import { sampleStored } from './sample-item.ts';

const LOST = {
  stream: 'telemetry',
  lost: { from: 2, to: 9, epoch: sampleStored({}).epoch, reason: 'quota' },
} as const;
const BINARY = Buffer.from([0xff, 0x00, 0x01]);

describe('formatText', () => {
  it('prints time, stream, sequence, topic and payload', () => {
    expect(formatText(sampleStored({}))).toBe('2026-03-01T12:00:01.000Z telemetry 1 sensors/front 2.4\n');
  });

  it('prints nothing that a terminal would obey, and one line for each', () => {
    const payload = Buffer.from('a\nb\x1b[2J\u202e');
    expect(formatText(sampleStored({ payload }))).toMatch(/ a\\nb\\x1b\[2J\\u202e\n$/);
  });

  it('prints what is no text in base64', () => {
    expect(formatText(sampleStored({ payload: BINARY }))).toMatch(/ base64:\/wAB\n$/);
  });

  it('says what is lost', () => {
    expect(formatText(LOST)).toBe('(lost: telemetry 2 to 9, quota)\n');
  });
});

describe('formatTime', () => {
  it.each([
    [{ basis: 'own', unixMs: 0 }, '1970-01-01T00:00:00.000Z'],
    [{ basis: 'repaired', unixMs: 0 }, '1970-01-01T00:00:00.000Z~'],
    [{ basis: 'bounded', earliestMs: 0, latestMs: 1 }, '1970-01-01T00:00:00.000Z..1970-01-01T00:00:00.001Z'],
    [{ basis: 'bounded', latestMs: 1 }, '..1970-01-01T00:00:00.001Z'],
    [{ basis: 'unknown' }, '-'],
  ] as const)('says what a time rests on: %j', (time, text) => {
    expect(formatTime(time)).toBe(text);
  });
});

describe('formatJson', () => {
  it('keeps the payload apart by what it is', () => {
    expect(JSON.parse(formatJson(sampleStored({})))).toMatchObject({
      sequence: 1,
      time: '2026-03-01T12:00:01.000Z',
      timeBasis: 'own',
      topic: 'sensors/front',
      payload: '2.4',
      clientId: 'tyre-monitor',
      stamp: { monotonicMs: 1000 },
    });
    const binary = JSON.parse(formatJson(sampleStored({ payload: BINARY })));
    expect(binary).toMatchObject({ payloadBase64: '/wAB' });
    expect(binary).not.toHaveProperty('payload');
  });

  it('keeps a byte order mark', () => {
    expect(JSON.parse(formatJson(sampleStored({ payload: Buffer.from('\ufeffa') })))).toMatchObject({
      payload: '\ufeffa',
    });
  });

  it('says what is lost', () => {
    expect(JSON.parse(formatJson(LOST))).toEqual(LOST);
  });
});

describe('formatCsv', () => {
  const payloadCell = (text: string) => lastCell(formatCsv(sampleStored({ payload: Buffer.from(text) })));

  it('has as many cells as the head has names', () => {
    expect(formatCsv(sampleStored({})).split(',')).toHaveLength(CSV_HEAD.split(',').length);
  });

  it.each([
    ['a,b', '"a,b"'],
    ['say "hi"', '"say ""hi"""'],
    ['two\nlines', '"two\nlines"'],
    [' kept ', '" kept "'],
  ])('quotes %j [RFC 4180]', (text, cell) => {
    expect(payloadCell(text)).toBe(cell);
  });

  it.each(['=1+1', '+cmd', '-2+3', '@SUM(A1)', '\tx', '|x'])('makes no formula of %j', (text) => {
    expect(payloadCell(text).replace(/^"/, '')).toMatch(/^'/);
  });

  it.each(['-2.4', '+17', '-1e-3'])('leaves the number %s a number', (text) => {
    expect(payloadCell(text)).toBe(text);
  });

  it('makes no formula of what a client calls itself', () => {
    expect(formatCsv(sampleStored({ clientId: '@gps0' }))).toContain(",'@gps0,");
  });

  it('marks what is in base64', () => {
    expect(formatCsv(sampleStored({ payload: BINARY }))).toMatch(/,base64,\/wAB\r\n$/);
  });
});

/** Behind the encoding, which no payload here contains. */
function lastCell(row: string): string {
  return row.slice(row.indexOf(',utf8,') + ',utf8,'.length, -2);
}
