import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type EpochFacts, sayEpoch } from './fake-receiver.ts';
import { GnssDecoder } from './gnss-decoder.ts';
import type { GnssEpoch } from './gnss-epoch.ts';

const TODAY = Date.UTC(2026, 10, 20);
const EPOCH_COUNT = 20;

/** Each epoch has its own place and speed, so that a sentence given to the wrong epoch shows. */
const lives: fc.Arbitrary<readonly EpochFacts[]> = fc
  .record({
    startMs: fc.oneof(fc.integer({ min: 0, max: 86_399_999 }), fc.integer({ min: 86_390_000, max: 86_399_999 })),
    intervalMs: fc.constantFrom(100, 200, 1000, 5000),
    modes: fc.array(fc.constantFrom<EpochFacts['mode']>('none', '2d', '3d'), {
      minLength: EPOCH_COUNT,
      maxLength: EPOCH_COUNT,
    }),
  })
  .map(({ startMs, intervalMs, modes }) =>
    modes.map((mode, index) => {
      const unixMs = TODAY + startMs + index * intervalMs;
      const timeOfDayMs = unixMs % 86_400_000;
      const place = { latitudeDeg: -40 + index, longitudeDeg: -5 + index, speedMps: index };
      return { timeOfDayMs, dateUnixMs: unixMs - timeOfDayMs, mode, ...place };
    }),
  );

/** Any sentences in any order, as long as one can carry a position; GSA once or several times in a row. */
const cycles = fc
  .record({
    addresses: fc.shuffledSubarray(['GNRMC', 'GNGGA', 'GNGNS', 'GNGLL', 'GNGSA', 'GNVTG', 'GNZDA']),
    gsaCount: fc.integer({ min: 1, max: 5 }),
  })
  .filter(({ addresses }) => ['GNRMC', 'GNGGA', 'GNGNS', 'GNGLL'].some((address) => addresses.includes(address)))
  .map(({ addresses, gsaCount }) =>
    addresses.flatMap((address) => (address === 'GNGSA' ? Array<string>(gsaCount).fill(address) : [address])),
  );

const wire = (lines: readonly string[]) => Buffer.from(lines.map((line) => `${line}\r\n`).join(''), 'latin1');

function decode(chunks: readonly Uint8Array[]) {
  const decoder = new GnssDecoder();
  const epochs = [...chunks.flatMap((chunk) => decoder.push(chunk)), ...decoder.flush()];
  return { epochs, rejections: decoder.rejections };
}

function expectedOf(facts: EpochFacts, cycle: readonly string[]): object {
  const { timeOfDayMs, dateUnixMs, mode, latitudeDeg, longitudeDeg, speedMps } = facts;
  const isDated = cycle.includes('GNRMC') || cycle.includes('GNZDA');
  const isMoving = cycle.includes('GNRMC') || cycle.includes('GNVTG');
  const place = { latitudeDeg, longitudeDeg, ...(isMoving && { speedMps: expect.closeTo(speedMps ?? NaN, 3) }) };
  return {
    ...(timeOfDayMs !== undefined && { timeOfDayMs }),
    ...(isDated && { unixMs: (dateUnixMs ?? NaN) + (timeOfDayMs ?? NaN) }),
    ...(mode === 'none' ? { mode } : place),
    ...(cycle.includes('GNGSA') && { mode }),
  };
}

it('gives one epoch per time with what was said of it, whatever the sentences and their order', () => {
  fc.assert(
    fc.property(lives, cycles, (life, cycle) => {
      const { epochs, rejections } = decode([wire(life.flatMap((facts) => sayEpoch(facts, cycle)))]);
      expect(epochs).toMatchObject(life.map((facts) => expectedOf(facts, cycle)));
      expect(epochs).toHaveLength(life.length);
      expect(rejections).toEqual({});
    }),
    { numRuns: 300 },
  );
});

it('is patient or not without a difference: an epoch given out early is the one that waiting would give', () => {
  fc.assert(
    fc.property(lives, cycles, (life, cycle) => {
      const lines = life.map((facts) => sayEpoch(facts, cycle));
      const { epochs } = decode([wire(lines.flat())]);
      // A decoder that knows nothing of the receiver yet waits for the first sentence of the next epoch.
      const patient = lines.flatMap(
        (said, index) => decode([wire([...said, ...(lines[index + 1] ?? [])])]).epochs[0] ?? [],
      );
      const undated = (epoch: GnssEpoch) => ({ ...epoch, unixMs: undefined });
      expect(epochs.map(undated)).toEqual(patient.map(undated));
    }),
    { numRuns: 100 },
  );
});

it('gives the same epochs and counts in any chunking, noise or not [S1]', () => {
  const noise = fc.uint8Array({ maxLength: 40 });
  const cuts = fc.array(fc.nat(4000), { maxLength: 60 });
  fc.assert(
    fc.property(lives, cycles, fc.array(noise, { maxLength: EPOCH_COUNT }), cuts, (life, cycle, noises, edges) => {
      const parts = life.flatMap((facts, index) => [noises[index] ?? Buffer.of(), wire(sayEpoch(facts, cycle))]);
      const stream = Buffer.concat(parts);
      const ends = [...edges.map((edge) => Math.min(edge, stream.length)).sort((a, b) => a - b), stream.length];
      const chunks = ends.map((end, index) => stream.subarray(ends[index - 1] ?? 0, end));
      expect(decode(chunks)).toEqual(decode([stream]));
    }),
    { numRuns: 200 },
  );
});

it('takes any bytes without an exception [S1]', () => {
  const lines = fc.constantFrom(
    ...sayEpoch({ mode: '3d', timeOfDayMs: 1 }, ['GNRMC', 'GNGGA', 'GNGSA', 'GNVTG', 'GNZDA']),
  );
  const untimed = fc.constantFrom(
    ...sayEpoch({ mode: 'none' }, ['GNRMC', 'GNGGA', 'GNGSA', 'GPGSA', 'GNVTG', 'GNGLL']),
  );
  const part = fc.oneof(
    fc.uint8Array(),
    lines.map((line) => wire([line])),
    untimed.map((line) => wire([line])),
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 200 }), (parts) => {
      for (const epoch of decode(parts).epochs) expect(epoch.mode !== 'none').toBe(epoch.latitudeDeg !== undefined);
    }),
  );
});
