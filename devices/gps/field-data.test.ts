import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GnssDecoder } from './gnss-decoder.ts';
import type { GnssEpoch } from './gnss-epoch.ts';

/**
 * Recordings of real receivers with what an independent decoder (gpsd) makes of them. They are no part of the repository:
 * `WAYSTATION_FIELD_DATA` names the folder that holds `gnss/*.log` and `gnss/*.expected.jsonl`.
 */
const FIELD_DATA = process.env['WAYSTATION_FIELD_DATA'];

/** One record of an expectation: several may share a time, for gpsd updates inside an epoch. Absent is «not stated». */
interface ExpectedFix {
  /** Milliseconds since the Unix epoch modulo {@link ROLLOVER_MS}. */
  readonly tmod: number;
  readonly mode?: number;
  readonly lat?: number;
  readonly lon?: number;
  readonly altMSL?: number;
  readonly altHAE?: number;
  readonly speed?: number;
  readonly track?: number;
}

/** gpsd moves some old dates by 1024 weeks: times are compared modulo that. */
const ROLLOVER_MS = 1024 * 7 * 86_400_000;

/** Names of all recordings, none where there is no {@link FIELD_DATA}. */
const RECORDINGS: readonly string[] =
  FIELD_DATA === undefined
    ? []
    : readdirSync(join(FIELD_DATA, 'gnss')).flatMap((file) => /^(.*)\.expected\.jsonl$/.exec(file)?.[1] ?? []);

const BESIDE_CHECKOUT = resolve(import.meta.dirname, '..', '..', '..', 'shared', 'data');

const TOLERANCES = { positionDeg: 2e-6, speedMps: 0.06, trackDeg: 0.2, altitudeM: 0.15 } as const;
const MODE_NUMBER = { none: 1, '2d': 2, '3d': 3 } as const;

const seed = Number(process.env['WAYSTATION_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

/** Fields of the expectation that the epoch lacks or contradicts. */
function differences(epoch: GnssEpoch, expected: ExpectedFix): readonly string[] {
  const { headingDeg } = epoch;
  // 359.9 and 0.1 are close.
  const track =
    expected.track !== undefined && headingDeg !== undefined ? nearTurn(headingDeg, expected.track) : headingDeg;
  const isFar = (value: number | undefined, target: number | undefined, tolerance: number) =>
    target !== undefined && !(Math.abs((value ?? Number.NaN) - target) <= tolerance);
  return [
    ...(expected.mode !== undefined && expected.mode !== MODE_NUMBER[epoch.mode] ? ['mode'] : []),
    ...(expected.lat === undefined ? ['fixless'] : []),
    ...(isFar(epoch.latitudeDeg, expected.lat, TOLERANCES.positionDeg) ? ['lat'] : []),
    ...(isFar(epoch.longitudeDeg, expected.lon, TOLERANCES.positionDeg) ? ['lon'] : []),
    ...(isFar(epoch.speedMps, expected.speed, TOLERANCES.speedMps) ? ['speed'] : []),
    ...(isFar(track, expected.track, TOLERANCES.trackDeg) ? ['track'] : []),
    ...(isFar(epoch.altitudeMslM, expected.altMSL, TOLERANCES.altitudeM) ? ['altMSL'] : []),
    ...(isFar(epoch.altitudeHaeM, expected.altHAE, TOLERANCES.altitudeM) ? ['altHAE'] : []),
  ];
}

function nearTurn(headingDeg: number, targetDeg: number): number {
  return headingDeg + 360 * Math.round((targetDeg - headingDeg) / 360);
}

const isFixless = ({ mode, lat }: ExpectedFix) => mode === 1 || lat === undefined;

it.skipIf(process.env['CI'] === undefined || !existsSync(BESIDE_CHECKOUT))(
  'has its recordings in CI: WAYSTATION_FIELD_DATA is set where the data lies beside the checkout',
  () => {
    expect(FIELD_DATA).toBeDefined();
  },
);

describe.skipIf(FIELD_DATA === undefined)('recordings (skipped where WAYSTATION_FIELD_DATA is not set)', () => {
  it('are there', () => {
    expect(RECORDINGS).not.toEqual([]);
  });

  it.each(RECORDINGS)(
    '%s: every fix is one that gpsd expects, in all that it states, and at most a twentieth of its fix times is missing',
    (name) => {
      const expected = readExpectedFixes(name);
      const foundTimes = new Set<number>();
      const disagreements: unknown[] = [];
      for (const epoch of decodeFixes(readRecording(name))) {
        const time = (epoch.unixMs ?? Number.NaN) % ROLLOVER_MS;
        const candidates = expected.get(time);
        if (candidates === undefined) continue;
        foundTimes.add(time);
        const found = candidates.map((candidate) => differences(epoch, candidate));
        if (found.every((fields) => fields.length > 0)) disagreements.push({ epoch, candidates, found });
      }
      const fixTimes = [...expected].filter(([, fixes]) => !fixes.every(isFixless));
      expect(disagreements).toEqual([]);
      expect(foundTimes.size).toBeGreaterThan(0);
      expect(foundTimes.size).toBeGreaterThanOrEqual(0.95 * fixTimes.length);
    },
  );

  it.each(RECORDINGS)('%s: no fix at a time that gpsd calls fixless [S2]', (name) => {
    const expected = readExpectedFixes(name);
    const fixes = decodeFixes(readRecording(name));
    const wrong = fixes.filter(({ unixMs = Number.NaN }) => expected.get(unixMs % ROLLOVER_MS)?.every(isFixless));
    expect(wrong).toEqual([]);
  });

  it.each(RECORDINGS)(`%s: the same epochs byte by byte and in random chunks [S1] (seed ${seed})`, (name) => {
    const bytes = readRecording(name);
    const whole = decode([bytes]);
    expect(decode(Array.from(bytes, (byte) => Uint8Array.of(byte)))).toEqual(whole);
    const sizes = fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(sizes, (chunkSizes) => {
        expect(decode(cut(bytes, chunkSizes))).toEqual(whole);
      }),
      { seed, numRuns: 4 },
    );
  });

  it.each(RECORDINGS)(`%s: a corrupted copy has fewer fixes, never others [S2] (seed ${seed})`, (name) => {
    const bytes = readRecording(name);
    const clean = decodeFixes(bytes);
    const sound = new Set([...soundLines(bytes), ...soundFrames(bytes)]);
    fc.assert(
      fc.property(fc.oneof(damages(bytes.length, FEW), damages(bytes.length, MANY)), (damage) => {
        const damaged = applyDamage(bytes, damage);
        // A checksum of 8 or 16 bits lets some damage pass: nobody can see what the checksum does not show.
        fc.pre([...soundLines(damaged), ...soundFrames(damaged)].every((part) => sound.has(part)));
        for (const [index, fix] of decodeFixes(damaged).entries()) {
          const found = clean.filter((original) => isTheSame(fix, original));
          expect(found).not.toEqual([]);
          // On a line that loses every RMC of a receiver nobody can tell that it sends any.
          const isAcquainted = index >= ACQUAINTED_EPOCHS && damage.length <= FEW;
          if (isAcquainted) expect(found.some((original) => isSameMotion(fix, original))).toBe(true);
        }
      }),
      { seed, numRuns: 8 },
    );
  });

  const pairs = RECORDINGS.map((name, index) => [name, RECORDINGS[(index + 1) % RECORDINGS.length] ?? name] as const);

  it.each(pairs)(`%s and %s line by line: the fixes of either, never a mixture [S2] (seed ${seed})`, (one, other) => {
    const streams = [one, other].map((name) => splitLines(readRecording(name)));
    const clean = [one, other].flatMap((name) => decodeFixes(readRecording(name)));
    const orders = fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(orders, (runLengths) => {
        const fixes = decodeFixes(interleave(streams[0] ?? [], streams[1] ?? [], runLengths));
        expect(fixes).not.toEqual([]);
        for (const fix of fixes) {
          expect(clean.some((original) => isTheSame(fix, original) && isSameMotion(fix, original))).toBe(true);
        }
      }),
      { seed, numRuns: 3, examples: [[[1]]] },
    );
  });
});

/** Chunks of these sizes, over and over. */
function cut(bytes: Uint8Array, sizes: readonly number[]): readonly Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let start = 0; start < bytes.length; ) {
    const end = start + (sizes[chunks.length % sizes.length] ?? 1);
    chunks.push(bytes.subarray(start, end));
    start = end;
  }
  return chunks;
}

function readRecording(name: string): Buffer {
  return readFileSync(join(FIELD_DATA ?? '', 'gnss', `${name}.log`));
}

/** The records of a recording by their time. */
function readExpectedFixes(name: string): ReadonlyMap<number, readonly ExpectedFix[]> {
  const text = readFileSync(join(FIELD_DATA ?? '', 'gnss', `${name}.expected.jsonl`), 'utf8');
  // The records are written by one script in the one shape above; a missing time would show as no joined epoch.
  const records = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as ExpectedFix);
  return Map.groupBy(records, (record) => record.tmod);
}

/** What a decoder of its own makes of bytes that come in these chunks. */
function decode(chunks: readonly Uint8Array[]) {
  const decoder = new GnssDecoder();
  const epochs = [...chunks.flatMap((chunk) => decoder.push(chunk)), ...decoder.flush()];
  return { epochs, rejections: decoder.rejections };
}

/** Those with a position. */
function decodeFixes(bytes: Uint8Array) {
  return decode([bytes]).epochs.filter(({ mode }) => mode !== 'none');
}

function splitLines(bytes: Buffer): readonly Buffer[] {
  const lines = bytes.toString('latin1').split(/(?<=\n)/);
  return lines.map((line) => Buffer.from(line, 'latin1'));
}

/** A few lines of one, a few of the other, by `runLengths` over and over. */
function interleave(one: readonly Buffer[], other: readonly Buffer[], runLengths: readonly number[]): Buffer {
  const rest = [[...one], [...other]];
  const merged: Buffer[] = [];
  for (let turn = 0; rest.some((lines) => lines.length > 0); turn++) {
    merged.push(...(rest[turn % 2]?.splice(0, runLengths[turn % runLengths.length]) ?? []));
  }
  return Buffer.concat(merged);
}

/** Flip one bit at `offset`, cut `sizeBytes` out there, or put `garbage` in there. */
type Damage =
  | { readonly offset: number; readonly bit: number }
  | { readonly offset: number; readonly sizeBytes: number }
  | { readonly offset: number; readonly garbage: Uint8Array };

function damages(sizeBytes: number, maxLength: number): fc.Arbitrary<readonly Damage[]> {
  const offset = fc.nat(sizeBytes - 1);
  const flip = fc.record({ offset, bit: fc.nat(7) });
  const gap = fc.record({ offset, sizeBytes: fc.integer({ min: 1, max: 2000 }) });
  const insertion = fc.record({ offset, garbage: fc.uint8Array({ maxLength: 300, size: 'max' }) });
  return fc.array(fc.oneof({ arbitrary: flip, weight: 20 }, gap, insertion), {
    minLength: 1,
    maxLength,
    size: 'max',
  });
}

function applyDamage(bytes: Uint8Array, damage: readonly Damage[]): Uint8Array {
  const damaged = Uint8Array.from(bytes);
  const isKept = new Uint8Array(bytes.length).fill(1);
  const insertions: { readonly offset: number; readonly garbage: Uint8Array }[] = [];
  for (const one of damage) {
    if ('bit' in one) damaged[one.offset] = (damaged[one.offset] ?? 0) ^ (1 << one.bit);
    else if ('garbage' in one) insertions.push(one);
    else isKept.fill(0, one.offset, one.offset + one.sizeBytes);
  }
  const parts: Uint8Array[] = [];
  let start = 0;
  for (const { offset, garbage } of insertions.sort((a, b) => a.offset - b.offset)) {
    parts.push(
      damaged.subarray(start, offset).filter((_, index) => isKept[start + index] === 1),
      garbage,
    );
    start = offset;
  }
  parts.push(damaged.subarray(start).filter((_, index) => isKept[start + index] === 1));
  return Buffer.concat(parts);
}

/** The sentences whose checksum holds, found in a way of its own. */
function soundLines(bytes: Uint8Array): readonly string[] {
  const candidates =
    Buffer.from(bytes)
      .toString('latin1')
      .match(/\$[^$*\r\n]{0,250}\*[0-9A-Fa-f]{2}(?=[\r\n]|$)/g) ?? [];
  return candidates.filter((line) => {
    const sum = Buffer.from(line.slice(1, -3), 'latin1').reduce((xor, byte) => xor ^ byte, 0);
    return sum === Number.parseInt(line.slice(-2), 16);
  });
}

/** The UBX frames whose checksum holds, likewise. */
function soundFrames(bytes: Uint8Array): readonly string[] {
  const view = Buffer.from(bytes);
  const frames: string[] = [];
  for (let at = view.indexOf('b562', 0, 'hex'); at >= 0; at = view.indexOf('b562', at + 1, 'hex')) {
    const end = at + 6 + (at + 6 <= view.length ? view.readUInt16LE(at + 4) : Number.POSITIVE_INFINITY);
    if (end + 2 > view.length) continue;
    let [a, b] = [0, 0];
    for (const byte of view.subarray(at + 2, end)) {
      a = (a + byte) & 0xff;
      b = (b + a) & 0xff;
    }
    if (view[end] === a && view[end + 1] === b) frames.push(view.toString('hex', at, end));
  }
  return frames;
}

/** What the fix lacks may have been lost; what it has may not have changed. */
function isTheSame(fix: GnssEpoch, original: GnssEpoch): boolean {
  if (fix.latitudeDeg !== original.latitudeDeg || fix.longitudeDeg !== original.longitudeDeg) return false;
  return LASTING_FIELDS.every((field) => fix[field] === undefined || fix[field] === original[field]);
}

/** What of an epoch is stated by the messages that carry its position, or lost with them. */
const LASTING_FIELDS = ['unixMs', 'timeOfDayMs', 'altitudeMslM', 'altitudeHaeM'] as const;

/** Motion may be stated by a VTG without a time: whose it is shows once the habits of the receiver are known. */
function isSameMotion(fix: GnssEpoch, original: GnssEpoch): boolean {
  return MOTION_FIELDS.every((field) => fix[field] === undefined || fix[field] === original[field]);
}

const MOTION_FIELDS = ['speedMps', 'headingDeg', 'climbMps'] as const;
const ACQUAINTED_EPOCHS = 3;
const FEW = 10;
const MANY = 200;
