import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GnssDecoder } from './gnss-decoder.ts';
import type { GnssEpoch } from './gnss-epoch.ts';

/**
 * Recordings of real receivers against what an independent decoder (gpsd) makes of them. They are no part of the repository:
 * `WAYSTATION_FIELD_DATA` names the folder that holds `gnss/*.log` and `gnss/*.expected.jsonl`.
 */
const FIELD_DATA = process.env['WAYSTATION_FIELD_DATA'];
const BESIDE_CHECKOUT = resolve(import.meta.dirname, '..', '..', '..', 'shared', 'data');

/** Recordings that this decoder is not for. */
const EXCLUDED: Readonly<Record<string, string>> = {
  'ublox-neo-m8n': 'u-blox UBX, not NMEA',
  'ublox-neo-m8u': 'u-blox UBX, not NMEA',
  'ublox-neo-m8p': 'u-blox UBX, not NMEA',
  'ublox-zed-f9p-rtk': 'u-blox UBX, not NMEA',
};

const POSITION_TOLERANCE_DEG = 2e-6;
/** gpsd moves some old dates by 1024 weeks: times are compared modulo that. */
const ROLLOVER_MS = 1024 * 7 * 86_400_000;
const MODE_NUMBER = { none: 1, '2d': 2, '3d': 3 } as const;

/** One record of an expectation: several may share a time, for gpsd updates inside an epoch. */
interface ExpectedFix {
  readonly tmod: number;
  readonly mode?: number;
  readonly lat?: number;
  readonly lon?: number;
}

const names = FIELD_DATA === undefined ? [] : recordingNames(join(FIELD_DATA, 'gnss'));
const seed = Number(process.env['WAYSTATION_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

function recordingNames(folder: string): readonly string[] {
  const all = readdirSync(folder).flatMap((file) => /^(.*)\.expected\.jsonl$/.exec(file)?.[1] ?? []);
  return all.filter((name) => !(name in EXCLUDED));
}

const recording = (name: string): Buffer => readFileSync(join(FIELD_DATA ?? '', 'gnss', `${name}.log`));

function decode(chunks: readonly Uint8Array[]) {
  const decoder = new GnssDecoder();
  const epochs = [...chunks.flatMap((chunk) => decoder.push(chunk)), ...decoder.flush()];
  return { epochs, rejections: decoder.rejections };
}

function expectedFixes(name: string): ReadonlyMap<number, readonly ExpectedFix[]> {
  const lines = readFileSync(join(FIELD_DATA ?? '', 'gnss', `${name}.expected.jsonl`), 'utf8')
    .trim()
    .split('\n');
  // The records are written by one script in the one shape above; a missing time would show as no joined epoch.
  const records = lines.map((line) => JSON.parse(line) as ExpectedFix);
  return Map.groupBy(records, (record) => record.tmod);
}

function matches(epoch: GnssEpoch, { mode, lat, lon }: ExpectedFix): boolean {
  const { latitudeDeg, longitudeDeg } = epoch;
  if (mode !== undefined && mode !== MODE_NUMBER[epoch.mode]) return false;
  if (lat === undefined || lon === undefined) return latitudeDeg === undefined;
  if (latitudeDeg === undefined || longitudeDeg === undefined) return false;
  const isClose = (a: number, b: number) => Math.abs(a - b) <= POSITION_TOLERANCE_DEG;
  return isClose(latitudeDeg, lat) && isClose(longitudeDeg, lon);
}

it.skipIf(process.env['CI'] === undefined || !existsSync(BESIDE_CHECKOUT))(
  'has its recordings in CI: WAYSTATION_FIELD_DATA is set where the data lies beside the checkout',
  () => {
    expect(FIELD_DATA).toBeDefined();
  },
);

describe.skipIf(FIELD_DATA === undefined)('recordings (skipped where WAYSTATION_FIELD_DATA is not set)', () => {
  it('are there', () => {
    expect(names).not.toEqual([]);
  });

  it.each(names)(
    '%s: every fix is one that gpsd expects, and at most a twentieth of its fix times is missing',
    (name) => {
      const expected = expectedFixes(name);
      const foundTimes = new Set<number>();
      const disagreements: unknown[] = [];
      for (const epoch of decode([recording(name)]).epochs) {
        if (epoch.unixMs === undefined || epoch.mode === 'none') continue;
        const time = epoch.unixMs % ROLLOVER_MS;
        const candidates = expected.get(time);
        if (candidates === undefined) continue;
        foundTimes.add(time);
        if (!candidates.some((candidate) => matches(epoch, candidate))) disagreements.push({ epoch, candidates });
      }
      const fixTimes = [...expected].filter(([, fixes]) => fixes.some(({ lat }) => lat !== undefined));
      expect(disagreements).toEqual([]);
      expect(foundTimes.size).toBeGreaterThan(0);
      expect(foundTimes.size).toBeGreaterThanOrEqual(0.95 * fixTimes.length);
    },
  );

  it.each(names)('%s: no fix at a time that gpsd calls fixless [S2]', (name) => {
    const expected = expectedFixes(name);
    const fixes = decode([recording(name)]).epochs.filter((epoch) => epoch.mode !== 'none');
    const isFixless = ({ mode, lat }: ExpectedFix) => mode === 1 || lat === undefined;
    const wrong = fixes.filter(({ unixMs = NaN }) => expected.get(unixMs % ROLLOVER_MS)?.every(isFixless));
    expect(wrong).toEqual([]);
  });

  it.each(names)(`%s: the same epochs byte by byte and in random chunks [S1] (seed ${seed})`, (name) => {
    const bytes = recording(name);
    const whole = decode([bytes]);
    expect(decode(Array.from(bytes, (byte) => Uint8Array.of(byte)))).toEqual(whole);
    const sizes = fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(sizes, (chunkSizes) => {
        expect(decode(cut(bytes, chunkSizes))).toEqual(whole);
      }),
      { seed, numRuns: 10 },
    );
  });

  it.each(names)(`%s: a corrupted copy has fewer fixes, never others [S2] (seed ${seed})`, (name) => {
    const bytes = recording(name);
    const clean = decode([bytes]).epochs;
    const sound = new Set(soundLines(bytes));
    fc.assert(
      fc.property(damages(bytes.length), (damage) => {
        const damaged = applyDamage(bytes, damage);
        // An exclusive or of 8 bits lets some damage pass: nobody can see what the checksum does not show.
        fc.pre(soundLines(damaged).every((line) => sound.has(line)));
        const fixes = decode([damaged]).epochs.filter((epoch) => epoch.mode !== 'none');
        for (const fix of fixes) expect(clean.some((original) => isSamePlaceAndTime(fix, original))).toBe(true);
      }),
      { seed, numRuns: 20 },
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

/** Flip one bit at `offset`, or cut `sizeBytes` out there. */
type Damage =
  | { readonly offset: number; readonly bit: number }
  | { readonly offset: number; readonly sizeBytes: number };

function damages(sizeBytes: number): fc.Arbitrary<readonly Damage[]> {
  const offset = fc.nat(sizeBytes - 1);
  const flip = fc.record({ offset, bit: fc.nat(7) });
  const gap = fc.record({ offset, sizeBytes: fc.integer({ min: 1, max: 2000 }) });
  return fc.array(fc.oneof({ arbitrary: flip, weight: 20 }, { arbitrary: gap, weight: 1 }), {
    minLength: 1,
    maxLength: 200,
    size: 'max',
  });
}

function applyDamage(bytes: Uint8Array, damage: readonly Damage[]): Uint8Array {
  const damaged = Uint8Array.from(bytes);
  const isKept = new Uint8Array(bytes.length).fill(1);
  for (const one of damage) {
    if ('bit' in one) damaged[one.offset] = (damaged[one.offset] ?? 0) ^ (1 << one.bit);
    else isKept.fill(0, one.offset, one.offset + one.sizeBytes);
  }
  return damaged.filter((_, offset) => isKept[offset] === 1);
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

/** The date may be lost with the sentence that stated it; the position and what belongs to it may not change. */
function isSamePlaceAndTime(fix: GnssEpoch, original: GnssEpoch): boolean {
  const sameDate = fix.unixMs === undefined || fix.unixMs === original.unixMs;
  const fields = ['timeOfDayMs', 'latitudeDeg', 'longitudeDeg'] as const;
  return sameDate && fields.every((field) => fix[field] === original[field]);
}
