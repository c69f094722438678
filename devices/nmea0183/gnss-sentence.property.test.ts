import fc from 'fast-check';
import { expect, it } from 'vitest';
import { QUALITY_BY_DIGIT, QUALITY_BY_LETTER } from './fix-quality.ts';
import { encodeGga } from './gga.ts';
import { encodeGll } from './gll.ts';
import { encodeGns } from './gns.ts';
import { decodeGnssLine, type GnssSentence } from './gnss-sentence.ts';
import { encodeGsa } from './gsa.ts';
import { encodeNmeaSentence, type NmeaSentence } from './nmea-sentence.ts';
import { encodeRmc } from './rmc.ts';
import { encodeVtg } from './vtg.ts';
import { encodeZda } from './zda.ts';

/** Each field at the resolution that the encoders keep; each may be absent. */
const absentOr = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const oneOf = <T>(table: Readonly<Record<string, T>>) => fc.constantFrom(...Object.values(table));
const hundredths = (max: number, min = 0) => fc.integer({ min: min * 100, max: max * 100 }).map((units) => units / 100);
const upTo = (max: number, min = 0) => absentOr(fc.integer({ min, max }));
const timeOfDayMs = upTo(86_400_999);
const latitudeDeg = absentOr(fc.double({ min: -90, max: 90, noNaN: true }));
const longitudeDeg = absentOr(fc.double({ min: -180, max: 180, noNaN: true }));
const headingDeg = absentOr(hundredths(360));
const speedMps = absentOr(fc.integer({ min: 0, max: 1_000_000 }).map((units) => (units / 1000) * (1852 / 3600)));
const dateUnixMs = (maxYear: number) =>
  absentOr(
    fc.integer({ min: Date.UTC(1980, 0, 6), max: Date.UTC(maxYear, 11, 31) }).map((ms) => ms - (ms % 86_400_000)),
  );
const quality = absentOr(oneOf(QUALITY_BY_LETTER));
const status = absentOr(fc.constantFrom('valid', 'void'));
const navigationalStatus = absentOr(fc.constantFrom('safe', 'caution', 'unsafe', 'notProvided'));
const talker = fc.constantFrom('GP', 'GL', 'GA', 'GB', 'BD', 'GQ', 'GI', 'GN');
const fix = {
  satellitesUsed: upTo(99),
  hdop: absentOr(hundredths(99)),
  altitudeMslM: absentOr(hundredths(18_000, -500)),
  geoidSeparationM: absentOr(hundredths(100, -110)),
  correctionAgeS: absentOr(fc.integer({ min: 0, max: 999 })),
  correctionStation: absentOr(fc.stringMatching(/^\d{4}$/)),
};

/** Anything that a receiver can state. */
const sentences: fc.Arbitrary<GnssSentence> = fc.oneof(
  fc.record({
    type: fc.constant('RMC'),
    talker,
    timeOfDayMs,
    status,
    latitudeDeg,
    longitudeDeg,
    speedMps,
    headingDeg,
    dateUnixMs: dateUnixMs(2079),
    magneticVariationDeg: absentOr(fc.integer({ min: -1800, max: 1800 }).map((units) => units / 10)),
    quality,
    navigationalStatus,
  }),
  fc.record({
    type: fc.constant('GGA'),
    talker,
    timeOfDayMs,
    latitudeDeg,
    longitudeDeg,
    quality: oneOf(QUALITY_BY_DIGIT),
    ...fix,
  }),
  fc.record({
    type: fc.constant('GNS'),
    talker,
    timeOfDayMs,
    latitudeDeg,
    longitudeDeg,
    qualities: fc.array(oneOf(QUALITY_BY_LETTER), { maxLength: 6 }),
    ...fix,
    navigationalStatus,
  }),
  fc.record({ type: fc.constant('GLL'), talker, latitudeDeg, longitudeDeg, timeOfDayMs, status, quality }),
  fc.record({
    type: fc.constant('GSA'),
    talker,
    selection: absentOr(fc.constantFrom('manual', 'automatic')),
    mode: absentOr(fc.constantFrom('none', '2d', '3d')),
    satelliteIds: fc.array(fc.integer({ min: 1, max: 437 }), { maxLength: 12 }),
    pdop: absentOr(hundredths(99)),
    hdop: absentOr(hundredths(99)),
    vdop: absentOr(hundredths(99)),
    systemId: upTo(15),
  }),
  fc.record({ type: fc.constant('VTG'), talker, headingDeg, headingMagneticDeg: headingDeg, speedMps, quality }),
  fc.record({
    type: fc.constant('ZDA'),
    talker,
    timeOfDayMs,
    dateUnixMs: dateUnixMs(9999),
    localZoneMin: upTo(14 * 60, -14 * 60),
  }),
);

function encode(sentence: GnssSentence): NmeaSentence {
  switch (sentence.type) {
    case 'RMC':
      return encodeRmc(sentence.talker, sentence);
    case 'GGA':
      return encodeGga(sentence.talker, sentence);
    case 'GNS':
      return encodeGns(sentence.talker, sentence);
    case 'GLL':
      return encodeGll(sentence.talker, sentence);
    case 'GSA':
      return encodeGsa(sentence.talker, sentence);
    case 'VTG':
      return encodeVtg(sentence.talker, sentence);
    case 'ZDA':
      return encodeZda(sentence.talker, sentence);
    case 'GST':
    case 'GSV':
    case 'HDT':
    case 'THS':
    case 'PUBX00':
      throw new Error(`no encoder for ${sentence.type}`);
  }
}

it('decodes what it encodes: angles to within 0.2 mm, all else as it was', () => {
  fc.assert(
    fc.property(sentences, (sentence) => {
      const close = (value: unknown) => (typeof value === 'number' ? expect.closeTo(value, 8) : value);
      const fields = Object.entries(sentence).map(([name, value]) => [name, close(value)]);
      expect(decodeGnssLine(encodeNmeaSentence(encode(sentence)))).toEqual({
        isDecoded: true,
        value: Object.fromEntries(fields),
      });
    }),
    { numRuns: 1000 },
  );
});

it('answers any line with a sentence or a reason, never an exception [S1]', () => {
  const type = fc.constantFrom('RMC', 'GGA', 'GNS', 'GLL', 'GSA', 'VTG', 'ZDA');
  const field = fc.oneof(
    fc.constantFrom('', 'A', 'V', 'N', 'E', '120000', '5231.2', '01324.3'),
    fc.string({ maxLength: 12 }),
  );
  const framed = fc.record({ talker: fc.constant('GP'), type, fields: fc.array(field, { maxLength: 20 }) });
  const noise = fc.oneof(fc.string({ unit: 'binary' }), framed.map(encodeNmeaSentence));
  fc.assert(
    fc.property(noise, (line) => {
      const result = decodeGnssLine(line);
      expect(result === undefined || result.isDecoded || result.reason.length > 0).toBe(true);
    }),
    { numRuns: 1000 },
  );
});
