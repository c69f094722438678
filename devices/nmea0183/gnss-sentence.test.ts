import { describe, expect, it } from 'vitest';
import { encodeGnssSentence, type GnssSentence } from './gnss-sentence.ts';
import { encodeNmeaSentence } from './nmea-sentence.ts';
import { SentenceDecoder } from './sentence-decoder.ts';

/** Frames `GPRMC,fields`, so that a table need not carry checksums. */
function framed(body: string): string {
  const [address = '', ...fields] = body.split(',');
  return encodeNmeaSentence({ talker: '', type: address, fields });
}

/** What one line says, and what was counted about it. */
function decodeLine(line: string) {
  const sentences: GnssSentence[] = [];
  const decoder = new SentenceDecoder((sentence) => sentences.push(sentence));
  decoder.decode(Buffer.from(line, 'latin1'), 0, line.length);
  return { sentence: sentences[0], counts: decoder.counts };
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

const GST = {
  type: 'GST',
  talker: 'GN',
  ...NOON,
  residualM: 1.1,
  semiMajorErrorM: 2.9,
  semiMinorErrorM: 1.8,
  semiMajorAxisDeg: 62,
  latitudeErrorM: 2.1,
  longitudeErrorM: 2.7,
  altitudeErrorM: 5.25,
} as const;

const GSV = {
  type: 'GSV',
  talker: 'GA',
  pageCount: 3,
  page: 2,
  satellitesVisible: 10,
  satellites: [
    { id: 2, elevationDeg: 17, azimuthDeg: 308, signalDbHz: 41 },
    { id: 105, elevationDeg: -3, azimuthDeg: 5, signalDbHz: undefined },
  ],
  signalId: 7,
} as const;

const HDT = { type: 'HDT', talker: 'HE', trueHeadingDeg: 274.07 } as const;
const THS = { type: 'THS', talker: 'GN', trueHeadingDeg: 77.52, headingQuality: 'estimated' } as const;

const PUBX00 = {
  type: 'PUBX00',
  talker: 'P',
  ...NOON,
  ...BERLIN,
  altitudeHaeM: 546.589,
  navigation: '3d',
  horizontalAccuracyM: 2.1,
  verticalAccuracyM: 2,
  speedMps: 36 / 3.6,
  headingDeg: 77.52,
  climbMps: -0.007,
  correctionAgeS: undefined,
  hdop: 0.92,
  vdop: 1.19,
  tdop: 0.77,
  satellitesUsed: 9,
} as const;

describe('a sentence', () => {
  it.each<[title: string, body: string, sentence: GnssSentence]>([
    ['RMC of NMEA 4.1', 'GNRMC,120000.00,A,5231.2,N,01324.3,E,10,271.3,201126,3.1,W,D,V', RMC],
    ['GNS of NMEA 4.1', 'GNGNS,120000.00,5231.2,N,01324.3,E,RFN,17,0.6,34.2,-39.5,1.5,0042,S', GNS],
    ['GSA of NMEA 4.1', 'GNGSA,A,3,04,05,09,201,,,,,,,,,1.5,1.3,0.8,3', GSA],
    ['VTG of NMEA 2.3', 'GNVTG,054.7,T,034.4,M,005.5,N,010.2,K,A', VTG],
    ['GLL of NMEA 2.3', 'GNGLL,5231.2,N,01324.3,E,120000,A,A', GLL],
    ['ZDA', 'GNZDA,120000.00,20,11,2026,-05,30', ZDA],
    ['GST', 'GNGST,120000.00,1.1,2.9,1.8,62,2.1,2.7,5.25', GST],
    ['GSV of NMEA 4.1', 'GAGSV,3,2,10,02,17,308,41,105,-03,005,,7', GSV],
    ['HDT', 'HEHDT,274.07,T', HDT],
    ['THS', 'GNTHS,77.52,E', THS],
    ['PUBX,00', 'PUBX,00,120000.00,5231.2,N,01324.3,E,546.589,G3,2.1,2.0,36,77.52,0.007,,0.92,1.19,0.77,9,0,0', PUBX00],
  ])('is read in every field: %s', (_title, body, sentence) => {
    expect(decodeLine(framed(body))).toEqual({ sentence, counts: {} });
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
    ['ZDA without a day', 'GPZDA,120000,,11,2026,,', { ...NOON, dateUnixMs: undefined }],
    ['ZDA without the zone', 'GPZDA,120000,20,11,2026', { dateUnixMs: Date.UTC(2026, 10, 20) }],
    ['ZDA that has no date yet', 'GPZDA,120000,00,00,0000,00,00', { dateUnixMs: undefined }],
    ['RMC that has no date yet', 'GPRMC,120000,V,,,,,,,000000,,', { status: 'void', dateUnixMs: undefined }],
    [
      'RMC of a receiver that counts years from 1900',
      'GPRMC,120000,A,,,,,,,0501104,,',
      { dateUnixMs: Date.UTC(2004, 0, 5) },
    ],
    [
      'RMC whose void position has no hemisphere',
      'GPRMC,120000,V,0000.0,,00000.0,,,,,,',
      { status: 'void', latitudeDeg: undefined },
    ],
    ['RMC on the equator', 'GPRMC,120000,A,0000.0,S,00000.0,W,,,,,', { latitudeDeg: 0, longitudeDeg: 0 }],
    ['RMC without the leading zero of the hours', 'GPRMC,93519.5,A,,,,,,,,,', { timeOfDayMs: 34_519_500 }],
    ['RMC with a point behind the seconds', 'GPRMC,093519.,A,,,,,,,,,', { timeOfDayMs: 34_519_000 }],
    ['RMC with microseconds', 'GPRMC,093519.999999,A,,,,,,,,,', { timeOfDayMs: 34_519_999 }],
    ['RMC whose status says that corrections are used', 'GPRMC,120000,D,,,,,,,,,', { status: 'valid' }],
    [
      'RMC without the fields of NMEA 2',
      'GPRMC,120000,A,5231.2,N,01324.3,E,0,0,201126',
      { ...BERLIN, quality: undefined },
    ],
    [
      'GNS of six systems',
      'GNGNS,120000,,,,,AADNNN,,,,,,',
      { qualities: ['autonomous', 'autonomous', 'differential', 'invalid', 'invalid', 'invalid'] },
    ],
    ['GSA cut to its mode', 'GPGSA,A,3', { mode: '3d', satelliteIds: [], pdop: undefined }],
    [
      'GSA of a receiver without a fix',
      'GPGSA,A,1,,,,,,,,,,,,,0.0,0.0,0.0',
      { mode: 'none', pdop: undefined, hdop: undefined },
    ],
    ['GSA with a system by its hexadecimal digit', 'GPGSA,A,1,,,,,,,,,,,,,,,,a', { systemId: 10 }],
    [
      'VTG of four numbers',
      'GPVTG,054.7,034.4,005.5,010.2',
      { headingDeg: 54.7, headingMagneticDeg: 34.4, speedMps: 5.5 * KNOT },
    ],
    [
      'VTG without letters of the units',
      'GPVTG,054.7,,034.4,,005.5,,010.2,',
      { headingDeg: 54.7, speedMps: 5.5 * KNOT },
    ],
    ['GSV without satellites', 'GPGSV,1,1,00', { satellites: [], signalId: undefined }],
    ['GSV with a signal alone', 'GPGSV,1,1,00,1', { satellites: [], signalId: 1 }],
    [
      'GSV of four',
      'GPGSV,1,1,04,1,1,1,1,2,2,2,2,3,3,3,3,4,4,4,4',
      { satellites: [{ id: 1 }, { id: 2 }, { id: 3 }, { id: 4 }], signalId: undefined },
    ],
    [
      'GSV with room left empty',
      'GPGSV,1,1,01,07,10,020,00,,,,,,,,',
      { satellites: [{ id: 7, signalDbHz: undefined }] },
    ],
    [
      'GSV that ends before the last signal',
      'GPGSV,1,1,01,07,10,020',
      { satellites: [{ id: 7, azimuthDeg: 20, signalDbHz: undefined }] },
    ],
    ['HDT without a heading', 'GPHDT,,T', { trueHeadingDeg: undefined }],
    ['THS without a heading', 'GPTHS,,V', { trueHeadingDeg: undefined, headingQuality: 'invalid' }],
    [
      'PUBX,00 without a fix',
      'PUBX,00,120000.00,0000.0,N,00000.0,E,0.000,NF,5303302,3750001,0.0,0.0,0.0,,99.99,99.99,99.99,0,0,0',
      { navigation: 'none', satellitesUsed: 0, climbMps: 0 },
    ],
    ['ZDA with hours of the zone alone', 'GPZDA,120000,20,11,2026,+01,', { localZoneMin: 60 }],
  ])('is understood in its variants: %s [NMEA 0183 versions]', (_title, body, part) => {
    const { sentence, counts } = decodeLine(framed(body));
    expect(sentence).toMatchObject(part);
    expect(counts).toEqual({});
  });

  it.each(['GP', 'GL', 'GA', 'GB', 'BD', 'GQ', 'QZ', 'GI', 'GN', 'BN', 'II', 'U1'])(
    'is read of talker %s',
    (talker) => {
      expect(decodeLine(framed(`${talker}GLL,5231.2,N,01324.3,E,120000,A,A`)).sentence).toEqual({ ...GLL, talker });
    },
  );

  it.each<[title: string, body: string, part: object]>([
    ['RMC, a mode', 'GPRMC,120000,A,5231.2,N,01324.3,E,,,201126,,,Z', { status: undefined, quality: undefined }],
    ['RMC, a mode of two letters', 'GPRMC,120000,A,5231.2,N,01324.3,E,,,201126,,,AA', { status: undefined }],
    ['RMC, a mode of a void fix', 'GPRMC,120000,V,,,,,,,201126,,,Z', { status: 'void' }],
    ['GLL, a mode', 'GPGLL,5231.2,N,01324.3,E,120000,A,Z', { status: undefined, quality: undefined }],
    ['GNS, the only mode', 'GNGNS,120000,5231.2,N,01324.3,E,X,,,,,,', { qualities: [] }],
    ['GNS, the only mode of a system in use', 'GNGNS,120000,5231.2,N,01324.3,E,NXN,,,,,,', { qualities: [] }],
    ['GNS, one of several modes', 'GNGNS,120000,,,,,AX,,,,,,', { qualities: ['autonomous'] }],
  ])('never takes a letter that it does not know for a fix: %s [S2]', (_title, body, part) => {
    const { sentence, counts } = decodeLine(framed(body));
    expect(sentence).toMatchObject(part);
    expect(counts['unreadable-field']).toBeGreaterThan(0);
  });

  it.each<[title: string, body: string, part: object]>([
    ['a speed', 'GPRMC,120000,A,,,,,-1,,201126,,,A', { speedMps: undefined, status: 'valid' }],
    ['a course', 'GPRMC,120000,A,,,,,,360.1,201126,,,A', { headingDeg: undefined }],
    [
      'the side of a variation',
      'GPRMC,120000,A,,,,,,,201126,3.1,N,A',
      { magneticVariationDeg: undefined, quality: 'autonomous' },
    ],
    ['a navigational status', 'GNGNS,120000,,,,,A,,,,,,,Z', { navigationalStatus: undefined }],
    ['a count', 'GNGNS,120000,,,,,A,-1,,,,,', { satellitesUsed: undefined }],
    ['a selection', 'GNGSA,X,3,,,,,,,,,,,,,,,', { selection: undefined, mode: '3d' }],
    ['a satellite', 'GNGSA,A,3,4.5,7,,,,,,,,,,,,,', { satelliteIds: [7] }],
    ['a system', 'GNGSA,A,3,,,,,,,,,,,,,,,,10', { systemId: undefined }],
    ['a speed in words', 'GNVTG,12,T,,M,fast,N,3.6,K,A', { speedMps: 1, headingDeg: 12 }],
    ['a course that is not true', 'GNVTG,12,M,,M,,N,3.6,K,A', { headingDeg: undefined }],
    ['a zone', 'GNZDA,120000,20,11,2026,15,00', { dateUnixMs: Date.UTC(2026, 10, 20), localZoneMin: undefined }],
    ['minutes of a zone', 'GNZDA,120000,20,11,2026,01,60', { localZoneMin: 60 }],
    ['an elevation', 'GPGSV,1,1,01,07,91,020,40', { satellites: [{ id: 7, elevationDeg: undefined, azimuthDeg: 20 }] }],
    ['a magnetic heading', 'GPHDT,12,M', { trueHeadingDeg: undefined }],
    ['an error', 'GPGST,120000,,,,,,x,', { longitudeErrorM: undefined }],
  ])('goes without a field that does not matter and cannot be read: %s', (_title, body, part) => {
    const { sentence, counts } = decodeLine(framed(body));
    expect(sentence).toMatchObject(part);
    expect(counts).toEqual({ 'unreadable-field': 1 });
  });

  it.each([
    ['bad-time', 'GPRMC,1200,A,,,,,,,201126,,,A'],
    ['bad-time', 'GPRMC,120061,A,,,,,,,201126,,,A'],
    ['bad-time', 'GPRMC,240000,A,,,,,,,201126,,,A'],
    ['bad-time', 'GPRMC,12:00:00,A,,,,,,,201126,,,A'],
    ['bad-time', 'GPRMC,120000.0.0,A,,,,,,,201126,,,A'],
    ['bad-time', 'GPRMC,-120000,A,,,,,,,201126,,,A'],
    ['bad-code', 'GPRMC,120000,B,,,,,,,201126,,,A'],
    ['bad-code', 'GPRMC,120000,AA,,,,,,,201126,,,A'],
    ['bad-latitude', 'GPRMC,120000,A,5231.2,,01324.3,E,,,201126,,,A'],
    ['bad-longitude', 'GPRMC,120000,A,5231.2,N,18000.1,E,,,201126,,,A'],
    ['bad-date', 'GPRMC,120000,A,,,,,,,310226,,,A'],
    ['bad-date', 'GPRMC,120000,A,,,,,,,20112026,,,A'],
    ['bad-date', 'GPRMC,120000,A,,,,,,,11126,,,A'],
    ['bad-date', 'GPRMC,120000,A,,,,,,,2011026,,,A'],
    ['bad-code', 'GNGSA,A,4,,,,,,,,,,,,,,,'],
    ['bad-code', 'GNGSA,A,constructor,,,,,,,,,,,,,,,'],
    ['bad-code', 'GNVTG,,T,,M,0,N,0,K,?'],
    ['bad-latitude', 'GNGLL,9000.1,N,01324.3,E,120000,A,A'],
    ['bad-longitude', 'GNGLL,5231.2,N,1324.3,X,120000,A,A'],
    ['bad-code', 'GNGLL,5231.2,N,01324.3,E,120000,X,A'],
    ['bad-date', 'GNZDA,120000,29,02,2023,,'],
    ['bad-date', 'GNZDA,120000,06,01,1979,,'],
    ['bad-date', 'GNZDA,120000,20,11,26,,'],
    ['bad-date', 'GNZDA,120000,2O,11,2026,,'],
    ['bad-number', 'GPGSV,1,2,01,07,10,020,40'],
    ['bad-number', 'GPGSV,,,01,07,10,020,40'],
    ['bad-code', 'GPTHS,12,T'],
    ['bad-code', 'PUBX,00,120000.00,5231.2,N,01324.3,E,546.589,G9,2.1,2.0,36,77.52,0.007,,0.92,1.19,0.77,9,0,0'],
  ])('is refused with %s: %s', (reason, body) => {
    const { sentence, counts } = decodeLine(framed(body));
    expect(sentence).toBeUndefined();
    expect(counts[reason]).toBe(1);
  });

  it.each([
    'GPTXT,01,01,02,hello',
    'PUBX,04,1',
    'PUBX,00',
    'GPRMC',
    'G,RMC,1',
    'GPXRMC,120000,A',
    'gprmc,120000,A',
    'A',
  ])('is passed over that says nothing of an epoch: %s', (body) => {
    const line = encodeNmeaSentence({ talker: '', type: body, fields: [] });
    expect(decodeLine(line)).toEqual({ sentence: undefined, counts: {} });
  });

  it('may have its checksum in lower case, and spaces behind it', () => {
    const line = framed('GNZDA,120000.00,20,11,2026,,');
    expect(decodeLine(`${line.toLowerCase().replace('gnzda', 'GNZDA')}  `).sentence?.type).toBe('ZDA');
    expect(line).toMatch(/[A-F]/);
  });

  it('has angles that are rounded but once', () => {
    for (const minutes of ['07.038', '31.2000001', '59.999999999999', '00.000000000001']) {
      const { sentence } = decodeLine(framed(`GNGLL,48${minutes},N,011${minutes},E,120000,A,A`));
      expect(sentence).toMatchObject({
        latitudeDeg: 48 + Number(minutes) / 60,
        longitudeDeg: 11 + Number(minutes) / 60,
      });
    }
  });
});

describe('encodeGnssSentence', () => {
  it.each<[sentence: GnssSentence, body: string]>([
    [RMC, 'GNRMC,120000.000,A,5231.2000000,N,01324.3000000,E,10.000,271.30,201126,3.1,W,D,V'],
    [GNS, 'GNGNS,120000.000,5231.2000000,N,01324.3000000,E,RFN,17,0.60,34.20,-39.50,1.5,0042,S'],
    [GSA, 'GNGSA,A,3,04,05,09,201,,,,,,,,,1.50,1.30,0.80,3'],
    [VTG, 'GNVTG,54.70,T,34.40,M,5.500,N,10.186,K,A'],
    [GLL, 'GNGLL,5231.2000000,N,01324.3000000,E,120000.000,A,A'],
    [ZDA, 'GNZDA,120000.000,20,11,2026,-05,30'],
    [GST, 'GNGST,120000.000,1.100,2.900,1.800,62.0,2.100,2.700,5.250'],
    [GSV, 'GAGSV,3,2,10,02,17,308,41,105,-3,005,,7'],
    [HDT, 'HEHDT,274.07,T'],
    [THS, 'GNTHS,77.52,E'],
    [
      PUBX00,
      'PUBX,00,120000.000,5231.2000000,N,01324.3000000,E,546.589,G3,2.100,2.000,36.000,77.52,0.007,,0.92,1.19,0.77,9,0,0',
    ],
  ])('writes what a receiver writes: %j', (sentence, body) => {
    expect(encodeGnssSentence(sentence)).toBe(framed(body));
  });

  it('leaves out the fields of later versions that are not stated', () => {
    const old = encodeGnssSentence({ ...RMC, talker: 'GP', quality: undefined, navigationalStatus: undefined });
    expect(old).toBe(framed('GPRMC,120000.000,A,5231.2000000,N,01324.3000000,E,10.000,271.30,201126,3.1,W'));
  });
});
