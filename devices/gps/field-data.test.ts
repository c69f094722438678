import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decode,
  decodeFixes,
  type ExpectedFix,
  FIELD_DATA,
  RECORDINGS,
  ROLLOVER_MS,
  readExpectedFixes,
  readRecording,
} from './field-recordings.ts';
import type { GnssEpoch } from './gnss-epoch.ts';

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
