import { describe, expect, it } from 'vitest';
import { encodeGll } from './gll.ts';
import { encodeGns } from './gns.ts';
import { decodeGnssLine, type GnssSentence } from './gnss-sentence.ts';
import { encodeGsa } from './gsa.ts';
import { encodeNmeaSentence } from './nmea-sentence.ts';
import { encodeRmc } from './rmc.ts';
import { encodeVtg } from './vtg.ts';
import { encodeZda } from './zda.ts';

/** Frames `GPRMC,fields`, so that a table need not carry checksums. */
function framed(body: string): string {
  const [address = '', ...fields] = body.split(',');
  return encodeNmeaSentence({ talker: address.slice(0, 2), type: address.slice(2), fields });
}

function decode(body: string): GnssSentence {
  const result = decodeGnssLine(framed(body));
  if (!result?.isDecoded) throw new Error(`${body}: ${result?.reason ?? 'no epoch sentence'}`);
  return result.value;
}

const KNOT = 1852 / 3600;
const BERLIN = { latitudeDeg: 52 + 31.2 / 60, longitudeDeg: 13 + 24.3 / 60 };
const NOON = { timeOfDayMs: 12 * 3600 * 1000 };

const RMC = {
  type: 'RMC',
  talker: 'GN',
  ...NOON,
  ...BERLIN,
  status: 'valid',
  speedMps: 10 * KNOT,
  headingDeg: 271.3,
  dateUnixMs: Date.UTC(2026, 10, 20),
  magneticVariationDeg: -3.1,
  quality: 'differential',
  navigationalStatus: 'notProvided',
} as const;

const GNS = {
  type: 'GNS',
  talker: 'GN',
  ...NOON,
  ...BERLIN,
  qualities: ['rtkFixed', 'rtkFloat', 'invalid'],
  satellitesUsed: 17,
  hdop: 0.6,
  altitudeMslM: 34.2,
  geoidSeparationM: -39.5,
  correctionAgeS: 1.5,
  correctionStation: '0042',
  navigationalStatus: 'safe',
} as const;

const GSA = {
  type: 'GSA',
  talker: 'GN',
  selection: 'automatic',
  mode: '3d',
  satelliteIds: [4, 5, 9, 201],
  pdop: 1.5,
  hdop: 1.3,
  vdop: 0.8,
  systemId: 3,
} as const;

const VTG = {
  type: 'VTG',
  talker: 'GN',
  headingDeg: 54.7,
  headingMagneticDeg: 34.4,
  speedMps: 5.5 * KNOT,
  quality: 'autonomous',
} as const;

const GLL = { type: 'GLL', talker: 'GN', ...NOON, ...BERLIN, status: 'valid', quality: 'autonomous' } as const;

const ZDA = {
  type: 'ZDA',
  talker: 'GN',
  ...NOON,
  dateUnixMs: Date.UTC(2026, 10, 20),
  localZoneMin: -330,
} as const;

describe('decodeGnssLine', () => {
  it.each<[title: string, body: string, sentence: GnssSentence]>([
    ['RMC of NMEA 4.1', 'GNRMC,120000.00,A,5231.2,N,01324.3,E,10,271.3,201126,3.1,W,D,V', RMC],
    ['GNS of NMEA 4.1', 'GNGNS,120000.00,5231.2,N,01324.3,E,RFN,17,0.6,34.2,-39.5,1.5,0042,S', GNS],
    ['GSA of NMEA 4.1', 'GNGSA,A,3,04,05,09,201,,,,,,,,,1.5,1.3,0.8,3', GSA],
    ['VTG of NMEA 2.3', 'GNVTG,054.7,T,034.4,M,005.5,N,010.2,K,A', VTG],
    ['GLL of NMEA 2.3', 'GNGLL,5231.2,N,01324.3,E,120000,A,A', GLL],
    ['ZDA', 'GNZDA,120000.00,20,11,2026,-05,30', ZDA],
  ])('reads every field of a %s', (_title, body, sentence) => {
    expect(decode(body)).toEqual(sentence);
  });

  it.each<[title: string, body: string, part: object]>([
    ['RMC before 2.3 has no mode', 'GPRMC,120000,A,5231.2,N,01324.3,E,0,0,201126,,', { quality: undefined }],
    ['RMC before 4.1 has no status', 'GPRMC,120000,A,,,,,,,201126,,,A', { navigationalStatus: undefined }],
    ['RMC of a cold receiver', 'GNRMC,,V,,,,,,,,,,N', { timeOfDayMs: undefined, status: 'void', speedMps: undefined }],
    ['RMC with a void position', 'GPRMC,120000,V,5231.2,N,01324.3,E,,,,,', { status: 'void', ...BERLIN }],
    ['RMC of the last century', 'GPRMC,120000,A,,,,,,,060180,,', { dateUnixMs: Date.UTC(1980, 0, 6) }],
    ['RMC at a leap second', 'GPRMC,235960.5,A,,,,,,,311216,,', { timeOfDayMs: 86_400_500 }],
    ['RMC with variation but no side', 'GPRMC,120000,A,,,,,,,,3.1,', { magneticVariationDeg: undefined }],
    [
      'RMC with a number without a leading 0',
      'GPRMC,120000,A,,,,,.5,.25,,,',
      { speedMps: 0.5 * KNOT, headingDeg: 0.25 },
    ],
    ['GNS of one system', 'GPGNS,120000,,,,,A,,,,,,', { qualities: ['autonomous'] }],
    ['GNS without modes', 'GPGNS,120000,,,,,,,,,,,', { qualities: [] }],
    ['GNS before 4.1', 'GPGNS,120000,,,,,N,00,,,,,', { navigationalStatus: undefined, satellitesUsed: 0 }],
    [
      'GSA before 4.1',
      'GPGSA,M,1,,,,,,,,,,,,,,,',
      { systemId: undefined, mode: 'none', satelliteIds: [], pdop: undefined },
    ],
    ['VTG before 2.3', 'GPVTG,,T,,M,0.0,N,0.0,K', { headingDeg: undefined, speedMps: 0, quality: undefined }],
    ['VTG in km/h alone', 'GPVTG,,T,,M,,N,36,K', { speedMps: 10 }],
    [
      'GLL without time and status',
      'GPGLL,5231.2,N,01324.3,E',
      { ...BERLIN, timeOfDayMs: undefined, status: undefined },
    ],
    ['GLL before 2.3', 'GPGLL,5231.2,N,01324.3,E,120000,V', { status: 'void', quality: undefined }],
    ['ZDA without a date', 'GPZDA,120000,,,,,', { dateUnixMs: undefined, localZoneMin: undefined }],
    ['ZDA with hours of the zone alone', 'GPZDA,120000,20,11,2026,+01,', { localZoneMin: 60 }],
  ])('%s [NMEA 0183 versions]', (_title, body, part) => {
    expect(decode(body)).toMatchObject(part);
  });

  it.each(['GP', 'GL', 'GA', 'GB', 'BD', 'GQ', 'GI', 'GN'])('reads talker %s like any other', (talker) => {
    expect(decode(`${talker}GLL,5231.2,N,01324.3,E,120000,A,A`)).toEqual({ ...GLL, talker });
  });

  it.each([
    ['bad-time', 'GPRMC,1200,A,,,,,,,201126,,,A'],
    ['bad-time', 'GPRMC,120061,A,,,,,,,201126,,,A'],
    ['bad-code', 'GPRMC,120000,B,,,,,,,201126,,,A'],
    ['bad-code', 'GPRMC,120000,AA,,,,,,,201126,,,A'],
    ['bad-code', 'GPRMC,120000,A,,,,,,,201126,,,Z'],
    ['bad-code', 'GPRMC,120000,A,,,,,,,201126,3.1,N,A'],
    ['bad-latitude', 'GPRMC,120000,A,5231.2,,01324.3,E,,,201126,,,A'],
    ['bad-longitude', 'GPRMC,120000,A,5231.2,N,18000.1,E,,,201126,,,A'],
    ['bad-number', 'GPRMC,120000,A,,,,,-1,,201126,,,A'],
    ['bad-heading', 'GPRMC,120000,A,,,,,,360.1,201126,,,A'],
    ['bad-date', 'GPRMC,120000,A,,,,,,,310226,,,A'],
    ['bad-date', 'GPRMC,120000,A,,,,,,,20112026,,,A'],
    ['bad-code', 'GNGNS,120000,,,,,AX,,,,,,'],
    ['bad-code', 'GNGNS,120000,,,,,A,,,,,,,Z'],
    ['bad-number', 'GNGNS,120000,,,,,A,-1,,,,,'],
    ['bad-code', 'GNGSA,A,4,,,,,,,,,,,,,,,'],
    ['bad-code', 'GNGSA,X,3,,,,,,,,,,,,,,,'],
    ['bad-code', 'GNGSA,A,constructor,,,,,,,,,,,,,,,'],
    ['bad-number', 'GNGSA,A,3,4.5,,,,,,,,,,,,,,'],
    ['bad-number', 'GNGSA,A,3,,,,,,,,,,,,,,,,10'],
    ['bad-heading', 'GNVTG,-1,T,,M,0,N,0,K,A'],
    ['bad-number', 'GNVTG,,T,,M,fast,N,0,K,A'],
    ['bad-code', 'GNVTG,,T,,M,0,N,0,K,?'],
    ['bad-latitude', 'GNGLL,9000.1,N,01324.3,E,120000,A,A'],
    ['bad-longitude', 'GNGLL,5231.2,N,1324.3,X,120000,A,A'],
    ['bad-code', 'GNGLL,5231.2,N,01324.3,E,120000,X,A'],
    ['bad-date', 'GNZDA,120000,29,02,2023,,'],
    ['bad-date', 'GNZDA,120000,06,01,1979,,'],
    ['bad-number', 'GNZDA,120000,2O,11,2026,,'],
    ['bad-time', 'GNZDA,120000,20,11,2026,15,00'],
    ['bad-time', 'GNZDA,120000,20,11,2026,01,60'],
  ])('rejects with %s: %s', (reason, body) => {
    expect(decodeGnssLine(framed(body))).toEqual({ isDecoded: false, reason });
  });

  it('passes over sentences that say nothing of an epoch', () => {
    expect(decodeGnssLine(framed('GPGSV,1,1,01,36,19,156,51'))).toBeUndefined();
    expect(decodeGnssLine(framed('PUBX,00,1'))).toBeUndefined();
  });
});

describe('the encoders', () => {
  it.each([
    [encodeRmc('GN', RMC), 'GNRMC,120000.000,A,5231.2000000,N,01324.3000000,E,10.000,271.30,201126,3.1,W,D,V'],
    [encodeGns('GN', GNS), 'GNGNS,120000.000,5231.2000000,N,01324.3000000,E,RFN,17,0.60,34.20,-39.50,1.5,0042,S'],
    [encodeGsa('GN', GSA), 'GNGSA,A,3,04,05,09,201,,,,,,,,,1.50,1.30,0.80,3'],
    [encodeVtg('GN', VTG), 'GNVTG,54.70,T,34.40,M,5.500,N,10.186,K,A'],
    [encodeGll('GN', GLL), 'GNGLL,5231.2000000,N,01324.3000000,E,120000.000,A,A'],
    [encodeZda('GN', ZDA), 'GNZDA,120000.000,20,11,2026,-05,30'],
  ])('write what a receiver writes: %j', (sentence, body) => {
    expect(encodeNmeaSentence(sentence)).toBe(framed(body));
  });

  it('leave out the fields of later versions that are not stated', () => {
    const old = encodeRmc('GP', { ...RMC, quality: undefined, navigationalStatus: undefined });
    expect(encodeNmeaSentence(old)).toBe(
      framed('GPRMC,120000.000,A,5231.2000000,N,01324.3000000,E,10.000,271.30,201126,3.1,W'),
    );
  });
});
