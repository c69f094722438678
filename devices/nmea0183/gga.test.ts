import { describe, expect, it } from 'vitest';
import { decodeGga, encodeGga, type Gga } from './gga.ts';
import { encodeNmeaSentence, parseNmeaSentence } from './nmea-sentence.ts';

function decode(line: string) {
  const sentence = parseNmeaSentence(line);
  return sentence.isDecoded ? decodeGga(sentence.value) : sentence;
}

/** Frames a body, so that a table of broken fields need not carry checksums. */
function framed(...fields: string[]): string {
  return encodeNmeaSentence({ talker: 'GP', type: 'GGA', fields });
}

const FIX: Gga = {
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
};

describe('decodeGga', () => {
  it('reads every field of a fix [NMEA 0183 GGA]', () => {
    const result = decode('$GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,*47');
    expect(result).toEqual({ isDecoded: true, value: FIX });
  });

  it('leaves empty fields absent, never 0 [S2]', () => {
    const result = decode(framed('', '', '', '', '', '0', '', '', '', 'M', '', 'M', '', ''));
    expect(result).toEqual({
      isDecoded: true,
      value: {
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
    expect(result).toMatchObject({ value: { longitudeDeg: 7 + 34.04 / 60 } });
  });

  it.each([
    ['wrong-checksum', '$GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,*48'],
    ['no-checksum', '$GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,'],
    ['not-a-sentence', 'GPGGA,123519*00'],
    ['bad-time', framed('253519', '4807.038', 'N', '01131.000', 'E', '1')],
    ['bad-latitude', framed('123519', '9107.038', 'N', '01131.000', 'E', '1')],
    ['bad-latitude', framed('123519', '4860.000', 'N', '01131.000', 'E', '1')],
    ['bad-latitude', framed('123519', '4807.038', 'E', '01131.000', 'E', '1')],
    ['bad-longitude', framed('123519', '4807.038', 'N', '18131.000', 'E', '1')],
    ['bad-longitude', framed('123519', '4807.038', 'N', '01131.000', '', '1')],
    ['bad-code', framed('123519', '4807.038', 'N', '01131.000', 'E', '9')],
    ['bad-number', framed('123519', '4807.038', 'N', '01131.000', 'E', '1', '8.5')],
    ['bad-number', framed('123519', '4807.038', 'N', '01131.000', 'E', '1', '08', '1e3')],
  ])('rejects with %s: %s', (reason, line) => {
    expect(decode(line)).toEqual({ isDecoded: false, reason });
  });

  it('reads a sentence cut short as a fix with fewer fields: NMEA 2.x receivers send fewer', () => {
    expect(decode(framed('123519', '4807.038', 'N', '01131.000', 'E', '1'))).toMatchObject({
      value: { latitudeDeg: FIX.latitudeDeg, hdop: undefined },
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
