import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeFixes, FIELD_DATA, RECORDINGS, readRecording } from './field-recordings.ts';
import type { GnssEpoch } from './gnss-epoch.ts';

/** What becomes of the recordings on a bad line, and when two receivers share one: fewer fixes, never others. */

const seed = Number(process.env['WAYSTATION_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

describe.skipIf(FIELD_DATA === undefined)('recordings (skipped where WAYSTATION_FIELD_DATA is not set)', () => {
  it.each(RECORDINGS)(`%s: a corrupted copy has fewer fixes, never others [S2] (seed ${seed})`, (name) => {
    const bytes = readRecording(name);
    const clean = decodeFixes(bytes);
    const sound = new Set([...soundLines(bytes), ...soundFrames(bytes)]);
    fc.assert(
      fc.property(damages(bytes.length), (damage) => {
        const damaged = applyDamage(bytes, damage);
        // A checksum of 8 or 16 bits lets some damage pass: nobody can see what the checksum does not show.
        fc.pre([...soundLines(damaged), ...soundFrames(damaged)].every((part) => sound.has(part)));
        for (const [index, fix] of decodeFixes(damaged).entries()) {
          const found = clean.filter((original) => isTheSame(fix, original));
          expect(found).not.toEqual([]);
          if (index >= ACQUAINTED_EPOCHS) expect(found.some((original) => isSameMotion(fix, original))).toBe(true);
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

function damages(sizeBytes: number): fc.Arbitrary<readonly Damage[]> {
  const offset = fc.nat(sizeBytes - 1);
  const flip = fc.record({ offset, bit: fc.nat(7) });
  const gap = fc.record({ offset, sizeBytes: fc.integer({ min: 1, max: 2000 }) });
  const insertion = fc.record({ offset, garbage: fc.uint8Array({ maxLength: 300, size: 'max' }) });
  return fc.array(fc.oneof({ arbitrary: flip, weight: 20 }, gap, insertion), {
    minLength: 1,
    maxLength: 200,
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
