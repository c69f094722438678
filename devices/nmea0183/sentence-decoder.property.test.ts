import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ROW_LENGTH } from './checksum-trust.ts';
import { encodeGnssSentence, type GnssSentence } from './gnss-sentence.ts';
import { SentenceDecoder } from './sentence-decoder.ts';

/** What a receiver says of a second, each sentence in its own words. */
function say(second: number): readonly GnssSentence[] {
  const talker = 'GP';
  const timeOfDayMs = 43_200_000 + second * 1000;
  const place = { timeOfDayMs, latitudeDeg: 48 + second / 7, longitudeDeg: 11 + second / 11 };
  const motion = { speedMps: second, headingDeg: second * 3, quality: 'autonomous' } as const;
  const dops = { pdop: 1.5, hdop: 1.3, vdop: 0.8 + second / 10 };
  return [
    {
      type: 'RMC',
      talker,
      ...place,
      ...motion,
      status: 'valid',
      dateUnixMs: Date.UTC(2026, 10, 20),
      magneticVariationDeg: undefined,
      navigationalStatus: undefined,
    },
    {
      type: 'GGA',
      talker,
      ...place,
      quality: 'autonomous',
      satellitesUsed: 9,
      hdop: 1.3,
      altitudeMslM: 500 + second,
      geoidSeparationM: 47,
      correctionAgeS: undefined,
      correctionStation: undefined,
    },
    { type: 'GSA', talker, selection: 'automatic', mode: '3d', satelliteIds: [2, 7], ...dops, systemId: undefined },
    { type: 'VTG', talker, ...motion, headingMagneticDeg: undefined },
    { type: 'GLL', talker, ...place, status: 'valid', quality: 'autonomous' },
  ];
}

const SECONDS = 12;
const firstLines = say(0).map(encodeGnssSentence);
const lines = Array.from({ length: SECONDS }, (_, second) => say(second + 1).map(encodeGnssSentence)).flat();

type Damage = (line: string) => string;
const position = fc.nat(1000);
const cut = position.map<Damage>((at) => (line) => line.slice(0, at % line.length));
const gap = fc.tuple(position, position).map<Damage>(
  ([at, size]) =>
    (line) =>
      line.slice(0, at % line.length) + line.slice((at % line.length) + (size % 80)),
);
const flip = fc.tuple(position, fc.nat(6)).map<Damage>(([at, bit]) => (line) => {
  const bytes = Buffer.from(line, 'latin1');
  bytes[at % line.length] = (bytes[at % line.length] ?? 0) ^ (1 << bit);
  return bytes.toString('latin1');
});
const stripped = fc.constant<Damage>((line) => line.slice(0, -3));
const none = fc.constant<Damage>((line) => line);
const strippedAfterFlip = flip.map<Damage>((damage) => (line) => damage(line).replace(/\*..$/, ''));

function hear(stream: readonly string[]) {
  const heard: GnssSentence[] = [];
  const decoder = new SentenceDecoder((sentence) => heard.push(sentence));
  for (const line of stream) decoder.decode(Buffer.from(line, 'latin1'), 0, line.length);
  decoder.flush();
  return heard.map((sentence) => JSON.stringify(sentence));
}

/** Damage to each line; the lines of a second that came whole may go before. */
function damaged(damages: fc.Arbitrary<Damage>) {
  return fc
    .array(damages, { minLength: lines.length, maxLength: lines.length })
    .map((each) => lines.map((line, index) => each[index]?.(line) ?? line));
}

/** Exclusive or of 8 bits lets some damage pass that changes several bytes: nobody can see what the checksum does not show. */
function passesByChance(stream: readonly string[]): boolean {
  const isSound = (line: string) => /^\$.+\*[0-9A-F]{2}$/i.test(line) && hear([line]).length > 0;
  return stream.some((line) => isSound(line) && !lines.some((known) => known.toUpperCase() === line.toUpperCase()));
}

/** So many in a row that lost their checksum, and are whole by the standard for the rest, are those of a receiver that sends none. */
function isTrustedByChance(stream: readonly string[]): boolean {
  const isWhole = (line: string) =>
    !line.includes('*') && hear(Array.from({ length: ROW_LENGTH }, () => line)).length > 0;
  let row = 0;
  return stream.some((line) => {
    if (!lines.includes(line)) row = isWhole(line) ? row + 1 : 0;
    return row === ROW_LENGTH;
  });
}

it('hears of damaged lines nothing but what was said, once each address came with its checksum [S2]', () => {
  const said = new Set(hear([...firstLines, ...lines]));
  fc.assert(
    fc.property(damaged(fc.oneof(none, cut, gap, flip, stripped, strippedAfterFlip)), (stream) => {
      fc.pre(!passesByChance(stream));
      for (const sentence of hear([...firstLines, ...stream])) expect(said).toContain(sentence);
    }),
    { numRuns: 300 },
  );
});

it('hears of lines that were cut or have flipped bits nothing but what was said, from the first on [S2]', () => {
  const said = new Set(hear(lines));
  fc.assert(
    fc.property(damaged(fc.oneof(none, cut, gap, flip)), (stream) => {
      fc.pre(!passesByChance(stream) && !isTrustedByChance(stream));
      for (const sentence of hear(stream)) expect(said).toContain(sentence);
    }),
    { numRuns: 300 },
  );
});
