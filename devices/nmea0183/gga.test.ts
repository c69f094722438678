import { describe, expect, it } from 'vitest';
import { encodeGga, type Gga } from './gga.ts';
import type { GnssSentence } from './gnss-sentence.ts';
import { encodeNmeaSentence } from './nmea-sentence.ts';
import { SentenceDecoder } from './sentence-decoder.ts';

/** What one line says, and what was counted about it. */
function decode(line: string) {
  const sentences: GnssSentence[] = [];
  const decoder = new SentenceDecoder((sentence) => sentences.push(sentence));
  decoder.decode(Buffer.from(line, 'latin1'), 0, line.length);
  decoder.flush();
  return { sentence: sentences[0], counts: decoder.counts };
}

/** Frames a body, so that a table of broken fields need not carry checksums. */
function framed(...fields: string[]): string {
  return encodeNmeaSentence({ talker: 'GP', type: 'GGA', fields });
}

const FIX = {
  type: 'GGA',
  talker: 'GP',
  timeOfDayMs: 45_319_000,
  latitudeDeg: 48 + 7.038 / 60,
  longitudeDeg: 11 + 31 / 60,
  quality: 'autonomous',
  satellitesUsed: 8,
  hdop: 0.9,
  altitudeMslM: 545.4,
  geoidSeparationM: 46.9,
  correctionAgeS: undefined,
  correctionStation: undefined,
} as const satisfies Gga & { type: 'GGA'; talker: string };

describe('decodeGga', () => {
  it('reads every field of a fix [NMEA 0183 GGA]', () => {
    const result = decode('$GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,*47');
    expect(result).toEqual({ sentence: FIX, counts: {} });
  });

  it('leaves empty fields absent, never 0 [S2]', () => {
    const result = decode(framed('', '', '', '', '', '0', '', '', '', 'M', '', 'M', '', ''));
    expect(result).toEqual({
      counts: {},
      sentence: {
        type: 'GGA',
        talker: 'GP',
        timeOfDayMs: undefined,
        latitudeDeg: undefined,
        longitudeDeg: undefined,
        quality: 'invalid',
        satellitesUsed: undefined,
        hdop: undefined,
        altitudeMslM: undefined,
        geoidSeparationM: undefined,
        correctionAgeS: undefined,
        correctionStation: undefined,
      },
    });
  });

  it('understands a longitude without its leading zero: 0734.04 is 7.567 degrees', () => {
    const result = decode(
      framed('120000', '4807.038', 'N', '0734.04', 'E', '1', '08', '0.9', '1', 'M', '1', 'M', '', ''),
    );
    expect(result).toMatchObject({ sentence: { longitudeDeg: 7 + 34.04 / 60 } });
  });

  it.each([
    ['wrong-checksum', '$GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,*48'],
    ['no-checksum', '$GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,'],
    ['not-a-sentence', '$GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,*4'],
    ['not-a-sentence', 'GPGGA,123519*00'],
    ['too-long', framed('123519', '4807.038', 'N', '01131.000', 'E', '1', '0'.repeat(250))],
    ['bad-time', framed('253519', '4807.038', 'N', '01131.000', 'E', '1')],
    ['bad-latitude', framed('123519', '9107.038', 'N', '01131.000', 'E', '1')],
    ['bad-latitude', framed('123519', '4860.000', 'N', '01131.000', 'E', '1')],
    ['bad-latitude', framed('123519', '4807.038', 'E', '01131.000', 'E', '1')],
    ['bad-latitude', framed('123519', '-4807.038', 'N', '01131.000', 'E', '1')],
    ['bad-latitude', framed('123519', '48.117300', 'N', '11.516667', 'E', '1')],
    ['bad-longitude', framed('123519', '4807.038', 'N', '18131.000', 'E', '1')],
    ['bad-longitude', framed('123519', '4807.038', 'N', '01131.000', '', '1')],
    ['bad-code', framed('123519', '4807.038', 'N', '01131.000', 'E', 'A')],
    ['bad-code', framed('123519', '4807.038', 'N', '01131.000', 'E', '11')],
  ])('refuses with %s: %s', (reason, line) => {
    expect(decode(line)).toEqual({ sentence: undefined, counts: { [reason]: 1 } });
  });

  it.each<[title: string, part: object, fields: string[]]>([
    ['a count with decimals', { satellitesUsed: undefined }, ['8.5', '0.9', '1', 'M']],
    ['an exponent', { hdop: undefined }, ['08', '1e3', '1', 'M']],
    ['an altitude in feet', { altitudeMslM: undefined }, ['08', '0.9', '1', 'F']],
    ['text for a number', { altitudeMslM: undefined }, ['08', '0.9', '---', 'M']],
    ['two points', { altitudeMslM: undefined }, ['08', '0.9', '1.2.3', 'M']],
    ['a negative age', { correctionAgeS: undefined }, ['08', '0.9', '1', 'M', '2', 'M', '-1', '']],
  ])('leaves out and counts a field that does not matter: %s', (_title, part, fields) => {
    const { sentence, counts } = decode(framed('123519', '4807.038', 'N', '01131.000', 'E', '1', ...fields));
    expect(sentence).toMatchObject({ latitudeDeg: FIX.latitudeDeg, quality: 'autonomous', ...part });
    expect(counts).toEqual({ 'unreadable-field': 1 });
  });

  it.each<[title: string, part: object, fields: string[]]>([
    ['a unit is missing', { altitudeMslM: 545.4, geoidSeparationM: -46.9 }, ['08', '0.9', '+545.4', '', '-46.9', '']],
    ['a dilution is 0, which no geometry gives', { hdop: undefined }, ['00', '0.0', '', 'M']],
    ['a dilution is 99.99: it is as bad as that', { hdop: 99.99 }, ['03', '99.99', '', 'M']],
    [
      'fields have spaces around them',
      { satellitesUsed: 8, hdop: 0.9, altitudeMslM: 1 },
      [' 8', '0.9 ', '  1.0 ', ' M'],
    ],
    ['a station is called by letters', { correctionStation: 'EUR2' }, ['8', '1', '1', 'M', '2', 'M', '3', 'EUR2 ']],
    ['a point has nothing behind it', { altitudeMslM: 545 }, ['08', '.9', '545.', 'M']],
  ])('understands it when %s', (_title, part, fields) => {
    const { sentence, counts } = decode(framed('123519', '4807.038', 'N', '01131.000', 'E', '1', ...fields));
    expect(sentence).toMatchObject(part);
    expect(counts).toEqual({});
  });

  it('reads a sentence cut short as a fix with fewer fields: NMEA 2.x receivers send fewer', () => {
    expect(decode(framed('123519', '4807.038', 'N', '01131.000', 'E', '1'))).toMatchObject({
      sentence: { latitudeDeg: FIX.latitudeDeg, hdop: undefined },
    });
  });
});

describe('encodeGga', () => {
  it('writes what a receiver writes', () => {
    expect(encodeNmeaSentence(encodeGga('GN', FIX))).toBe(
      '$GNGGA,123519.000,4807.0380000,N,01131.0000000,E,1,08,0.90,545.40,M,46.90,M,,*77',
    );
  });
});
