import { describe, expect, it } from 'vitest';
import { ROW_LENGTH } from './checksum-trust.ts';
import type { GnssSentence } from './gnss-sentence.ts';
import { encodeNmeaSentence } from './nmea-sentence.ts';
import { SentenceDecoder } from './sentence-decoder.ts';

/** A receiver of NMEA 2.0: its sentences of one second. */
const rmc = (second: number) => line(`GPRMC,12000${second},A,4807.038,N,01131.000,E,022.4,084.4,230394,003.1,W`);
const gga = (second: number) => line(`GPGGA,12000${second},4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,`);
const gll = (second: number) => line(`GPGLL,4807.038,N,01131.000,E,12000${second},A`);

function line(body: string): string {
  const [type = '', ...fields] = body.split(',');
  return encodeNmeaSentence({ talker: '', type, fields });
}

/** The line without its checksum, as it is never sent, or as its end was lost. */
const bare = (text: string) => text.replace(/\*..$/, '');

function decode(lines: readonly string[]) {
  const heard: string[] = [];
  const decoder = new SentenceDecoder((sentence) => {
    heard.push(`${sentence.type} ${'timeOfDayMs' in sentence ? (sentence.timeOfDayMs ?? 0) / 1000 - 43_200 : ''}`);
  });
  const feed = (text: string) => decoder.decode(Buffer.from(text, 'latin1'), 0, text.length);
  for (const text of lines) feed(text);
  const heardSoFar = [...heard];
  decoder.flush();
  return { heard: heardSoFar, heardAfterFlush: heard, counts: decoder.counts, soundLines: decoder.soundLines };
}

describe('a receiver that never sends a checksum', () => {
  it('is trusted after a few whole sentences in a row, and loses none', () => {
    const lines = [rmc(0), gga(0), rmc(1), gga(1), rmc(2)].map(bare);
    expect(decode(lines.slice(0, ROW_LENGTH - 1)).heard).toEqual([]);
    expect(decode(lines)).toMatchObject({ heard: ['RMC 0', 'GGA 0', 'RMC 1', 'GGA 1', 'RMC 2'], counts: {} });
  });

  it('may end its sentences with a * alone', () => {
    const lines = [rmc(0), gga(0), rmc(1), gga(1)].map((text) => `${bare(text)}*`);
    expect(decode(lines).heard).toEqual(['RMC 0', 'GGA 0', 'RMC 1', 'GGA 1']);
  });

  it.each<[title: string, damaged: string]>([
    ['lacks a field', '$GPGGA,120001,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,'],
    ['has a field too many', `${bare(rmc(1))},,,`],
    ['has a field that cannot be read', bare(gga(1)).replace('0.9', '0x9')],
    ['has a position that cannot be read', bare(gga(1)).replace('N', 'X')],
    ['has a wrong checksum', `${bare(gga(1))}*00`],
    ['has a part of a checksum', `${bare(gga(1))}*4`],
    ['is no sentence', '$'],
  ])('is not trusted yet where a line %s', (_title, damaged) => {
    const lines = [...[rmc(0), gga(0), rmc(1)].map(bare), damaged, ...[rmc(2), gga(2), rmc(3)].map(bare)];
    expect(decode(lines).heardAfterFlush).toEqual([]);
    expect(decode(lines).counts['no-checksum']).toBeGreaterThanOrEqual(6);
    expect(decode([...lines, bare(gga(3))]).heard).toEqual(['RMC 2', 'GGA 2', 'RMC 3', 'GGA 3']);
  });

  it('is trusted in standard sentences alone', () => {
    const pubx = '$PUBX,00,120000,4807.038,N,01131.000,E,546.589,G3,2.1,2.0,36,77.52,0.007,,0.92,1.19,0.77,9,0,0';
    expect(decode([pubx, pubx, pubx, pubx, pubx, pubx, '$GPTXT,hello'])).toMatchObject({
      heardAfterFlush: [],
      counts: { 'no-checksum': 7 },
    });
  });

  it('shows that the port is set as the receiver is, once it is trusted', () => {
    expect(decode([rmc(0), gga(0), rmc(1)].map(bare)).soundLines).toBe(0);
    expect(decode([rmc(0), gga(0), rmc(1), gga(1), rmc(2)].map(bare)).soundLines).toBe(2);
  });
});

describe('a receiver that sends checksums', () => {
  it('is never believed without one, however often', () => {
    const cut = Array.from({ length: 20 }, () => bare(gga(1)));
    expect(decode([gga(0), ...cut, gga(2)])).toMatchObject({
      heard: ['GGA 0', 'GGA 2'],
      counts: { 'no-checksum': 20 },
    });
  });

  it('is not believed without one before the first with one came', () => {
    expect(decode([bare(gga(0)), bare(gga(1)), bare(gga(2)), gga(3), bare(gga(4))])).toMatchObject({
      heardAfterFlush: ['GGA 3'],
      counts: { 'no-checksum': 4 },
    });
  });

  it('keeps its order while a sentence is in doubt, and waits no longer than for its next', () => {
    expect(decode([bare(gga(0)), rmc(0), rmc(1)]).heard).toEqual([]);
    expect(decode([bare(gga(0)), rmc(0), rmc(1)]).heardAfterFlush).toEqual(['RMC 0', 'RMC 1']);
    expect(decode([bare(gga(0)), rmc(0), rmc(1), gga(1)]).heard).toEqual(['RMC 0', 'RMC 1', 'GGA 1']);
  });

  it('waits for nothing without a bound', () => {
    const many = Array.from({ length: 200 }, () => rmc(1));
    expect(decode([bare(gga(0)), ...many]).heard.length).toBeGreaterThan(100);
  });
});

it('reads a line in which RMC has its checksum and the others need none, as in NMEA 2.0', () => {
  const lines = [0, 1, 2].flatMap((second) => [rmc(second), bare(gga(second)), bare(gll(second))]);
  expect(decode(lines).heard).toEqual([
    'RMC 0',
    'GGA 0',
    'GLL 0',
    'RMC 1',
    'GGA 1',
    'GLL 1',
    'RMC 2',
    'GGA 2',
    'GLL 2',
  ]);
});

it('reads a line in the middle of other bytes', () => {
  const heard: string[] = [];
  const decoder = new SentenceDecoder((sentence) => heard.push(sentence.type));
  const bytes = Buffer.from(`noise${gga(0)}noise`, 'latin1');
  decoder.decode(bytes, 5, bytes.length - 5);
  expect(heard).toEqual(['GGA']);
});

describe('a line that comes again word by word', () => {
  const gsv = (signal: number) => line(`GPGSV,1,1,01,07,10,020,${signal}`);
  const satellites = (lines: readonly string[]) => {
    const heard: GnssSentence[] = [];
    const decoder = new SentenceDecoder((sentence) => heard.push(sentence));
    for (const text of lines) decoder.decode(Buffer.from(text, 'latin1'), 0, text.length);
    return { heard, counts: decoder.counts };
  };

  it('is the same object again', () => {
    const { heard } = satellites([gsv(40), gsv(41), gsv(40)]);
    expect(heard).toHaveLength(3);
    expect(heard[2]).toBe(heard[0]);
    expect(heard[1]).toMatchObject({ satellites: [{ signalDbHz: 41 }] });
  });

  it('is told from another of the same length and checksum', () => {
    const [first, second] = [line('GPGSV,1,1,01,07,10,020,12'), line('GPGSV,1,1,01,07,10,020,21')];
    expect(first.slice(-2)).toBe(second.slice(-2));
    const { heard } = satellites([first, second, first]);
    expect(heard).toMatchObject([12, 21, 12].map((signalDbHz) => ({ satellites: [{ signalDbHz }] })));
  });

  it('is counted each time for what cannot be read of it', () => {
    const odd = line('GPGSV,1,1,01,07,10,020,loud');
    expect(satellites([odd, odd]).counts).toEqual({ 'unreadable-field': 2 });
  });
});
