import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeGga, encodeGga, type Gga } from './gga.ts';
import { encodeNmeaSentence, parseNmeaSentence } from './nmea-sentence.ts';

const absentOr = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const hundredths = (max: number) => fc.integer({ min: 0, max: max * 100 }).map((units) => units / 100);

/** Any fix a receiver can state, at the resolution the encoder keeps. */
const fixes: fc.Arbitrary<Gga> = fc.record({
  timeOfDayMs: absentOr(fc.integer({ min: 0, max: 86_400_999 })),
  latitudeDeg: absentOr(fc.double({ min: -90, max: 90, noNaN: true })),
  longitudeDeg: absentOr(fc.double({ min: -180, max: 180, noNaN: true })),
  quality: fc.constantFrom('invalid', 'autonomous', 'differential', 'precise', 'rtkFixed', 'rtkFloat', 'estimated'),
  satellitesUsed: absentOr(fc.integer({ min: 0, max: 99 })),
  hdop: absentOr(hundredths(99)),
  altitudeMslM: absentOr(hundredths(18_000)),
  geoidSeparationM: absentOr(hundredths(100)),
  correctionAgeS: absentOr(fc.integer({ min: 0, max: 999 })),
  correctionStation: absentOr(fc.stringMatching(/^\d{4}$/)),
});

it('decodes what it encodes to within 0.2 mm', () => {
  fc.assert(
    fc.property(fixes, (fix) => {
      const sentence = parseNmeaSentence(encodeNmeaSentence(encodeGga('GN', fix)));
      const result = sentence.isDecoded ? decodeGga(sentence.value) : sentence;
      const { latitudeDeg = NaN, longitudeDeg = NaN, ...rest } = fix;
      const close = (angleDeg: number) => (Number.isNaN(angleDeg) ? undefined : expect.closeTo(angleDeg, 8));
      expect(result).toEqual({
        isDecoded: true,
        value: { ...rest, latitudeDeg: close(latitudeDeg), longitudeDeg: close(longitudeDeg) },
      });
    }),
  );
});

it('answers any line with a fix or a reason, never an exception [S1]', () => {
  const noise = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string().map((body) => `$GPGGA,${body}`),
  );
  fc.assert(
    fc.property(noise, (line) => {
      const sentence = parseNmeaSentence(line);
      const result = sentence.isDecoded ? decodeGga(sentence.value) : sentence;
      expect(typeof (result.isDecoded ? result.value.quality : result.reason)).toBe('string');
    }),
  );
});
