import fc from 'fast-check';
import { expect, it } from 'vitest';
import { QUALITY_BY_DIGIT, QUALITY_BY_LETTER } from './fix-quality.ts';
import { encodeGnssSentence, type GnssSentence } from './gnss-sentence.ts';
import { encodeNmeaSentence } from './nmea-sentence.ts';
import { NAVIGATION_BY_CODE } from './pubx00.ts';
import { SentenceDecoder } from './sentence-decoder.ts';
import { HEADING_QUALITY_BY_LETTER } from './ths.ts';

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
const errorM = absentOr(fc.integer({ min: 0, max: 6_000_000 }).map((units) => units / 1000));
/** From 0.01 on: 0 states nothing. */
const dilution = absentOr(fc.integer({ min: 1, max: 9999 }).map((units) => units / 100));
const fix = {
  satellitesUsed: upTo(99),
  hdop: dilution,
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
    pdop: dilution,
    hdop: dilution,
    vdop: dilution,
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
  fc.record({
    type: fc.constant('GST'),
    talker,
    timeOfDayMs,
    residualM: errorM,
    semiMajorErrorM: errorM,
    semiMinorErrorM: errorM,
    semiMajorAxisDeg: absentOr(fc.integer({ min: 0, max: 3600 }).map((units) => units / 10)),
    latitudeErrorM: errorM,
    longitudeErrorM: errorM,
    altitudeErrorM: errorM,
  }),
  fc
    .record({
      type: fc.constant('GSV'),
      talker,
      pages: fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 })),
      satellitesVisible: upTo(36),
      satellites: fc.array(
        fc.record({
          id: fc.integer({ min: 1, max: 437 }),
          elevationDeg: upTo(90, -90),
          azimuthDeg: upTo(360),
          signalDbHz: upTo(99, 1),
        }),
        { maxLength: 4 },
      ),
      signalId: upTo(15),
    })
    .map(({ pages, ...gsv }) => ({ ...gsv, page: Math.min(...pages), pageCount: Math.max(...pages) })),
  fc.record({ type: fc.constant('HDT'), talker, trueHeadingDeg: headingDeg }),
  fc.record({
    type: fc.constant('THS'),
    talker,
    trueHeadingDeg: headingDeg,
    headingQuality: absentOr(oneOf(HEADING_QUALITY_BY_LETTER)),
  }),
  fc.record({
    type: fc.constant('PUBX00'),
    talker: fc.constant('P'),
    timeOfDayMs,
    latitudeDeg,
    longitudeDeg,
    altitudeHaeM: absentOr(fc.integer({ min: -1e6, max: 2e7 }).map((units) => units / 1000)),
    navigation: absentOr(oneOf(NAVIGATION_BY_CODE)),
    horizontalAccuracyM: errorM,
    verticalAccuracyM: errorM,
    speedMps: absentOr(fc.integer({ min: 0, max: 1_000_000 }).map((units) => units / 3600)),
    headingDeg,
    climbMps: absentOr(fc.integer({ min: -1e5, max: 1e5 }).map((units) => units / 1000)),
    correctionAgeS: upTo(999),
    hdop: dilution,
    vdop: dilution,
    tdop: dilution,
    satellitesUsed: upTo(99),
  }),
);

function decodeLine(line: string) {
  const sentences: GnssSentence[] = [];
  const decoder = new SentenceDecoder((sentence) => sentences.push(sentence));
  decoder.decode(Buffer.from(line, 'latin1'), 0, line.length);
  decoder.flush();
  return { sentences, counts: decoder.counts };
}

it('decodes what it encodes: angles to within 0.2 mm, all else as it was', () => {
  fc.assert(
    fc.property(sentences, (sentence) => {
      const close = (value: unknown) => (typeof value === 'number' ? expect.closeTo(value, 8) : value);
      const fields = Object.entries(sentence).map(([name, value]) => [name, close(value)]);
      expect(decodeLine(encodeGnssSentence(sentence))).toEqual({ sentences: [Object.fromEntries(fields)], counts: {} });
    }),
    { numRuns: 1000 },
  );
});

it('reads numbers and angles as exactly as Number does', () => {
  const digits = (min: number, max: number) => fc.stringMatching(new RegExp(`^[0-9]{${min},${max}}$`));
  const fraction = fc.option(digits(0, 6), { nil: undefined }).map((text) => (text === undefined ? '' : `.${text}`));
  const sign = fc.constantFrom('', '+', '-');
  const minutes = fc
    .tuple(fc.integer({ min: 0, max: 59 }), fraction)
    .map(([whole, rest]) => `${whole}`.padStart(2, '0') + rest);
  const degrees = fc.integer({ min: 0, max: 89 });
  fc.assert(
    fc.property(sign, digits(1, 9), fraction, degrees, minutes, (signText, whole, rest, degree, minute) => {
      const fields = [
        '120000',
        `${degree}${minute}`,
        'N',
        `${degree}${minute}`,
        'W',
        '1',
        '9',
        '1',
        signText + whole + rest,
        'M',
      ];
      const angleDeg = degree + Number(minute) / 60;
      expect(decodeLine(encodeNmeaSentence({ talker: 'GP', type: 'GGA', fields })).sentences).toMatchObject([
        { latitudeDeg: angleDeg, longitudeDeg: 0 - angleDeg, altitudeMslM: Number(signText + whole + rest) + 0 },
      ]);
    }),
    { numRuns: 1000 },
  );
});

it('answers any line with a sentence or a count, never an exception [S1]', () => {
  const type = fc.constantFrom('RMC', 'GGA', 'GNS', 'GLL', 'GSA', 'VTG', 'ZDA', 'GST', 'GSV', 'HDT', 'THS');
  const field = fc.oneof(
    fc.constantFrom('', 'A', 'V', 'N', 'E', '1', '120000', '5231.2', '01324.3', '201126'),
    fc.string({ maxLength: 12 }),
  );
  const fields = fc.array(field, { maxLength: 20 });
  const framed = fc.record({ talker: fc.constant('GP'), type, fields }).map(encodeNmeaSentence);
  const proprietary = fields.map((texts) => encodeNmeaSentence({ talker: 'P', type: 'UBX', fields: ['00', ...texts] }));
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), framed, proprietary), (line) => {
      const { sentences, counts } = decodeLine(line);
      expect(sentences.length).toBeLessThanOrEqual(1);
      for (const count of Object.values(counts)) expect(count).toBeGreaterThan(0);
    }),
    { numRuns: 1000 },
  );
});
