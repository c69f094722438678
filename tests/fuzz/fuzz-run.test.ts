import { describe, expect, it } from 'vitest';
import { seededRandom } from '#tests/support/seeded-random.ts';
import { describeInput } from './describe-input.ts';
import { fuzz } from './fuzz-run.ts';
import type { FuzzInput, FuzzTarget } from './fuzz-target.ts';
import { composeStream, loseFrames, randomBytes } from './mutate.ts';
import { isSealed, sealedBytes } from './targets/sealed-bytes.ts';

const LIMITS = { seed: 1, maxExecutions: 200, maxMs: 20_000 };

function target(parts: Partial<FuzzTarget>): FuzzTarget {
  return {
    ...{ name: 'planted', hasLoosePieces: true, check: () => {} },
    generate: (random) => [randomBytes(random, 40), randomBytes(random, 40)],
    ...parts,
  };
}

function rejectByte(byte: number) {
  return (input: FuzzInput) => {
    if (Buffer.concat(input).includes(byte)) throw new Error('found it');
  };
}

describe('fuzz', () => {
  it('cuts what fails down to what it takes, and names its seed', async () => {
    const planted = target({ check: rejectByte(0x2a) });
    const { failure } = await fuzz(planted, LIMITS);
    expect(failure?.reason).toContain('found it');
    expect(Buffer.concat(failure?.input ?? [])).toEqual(Buffer.of(0x2a));
    expect(describeInput(failure?.input)).toContain('  "*"');
    expect(await fuzz(planted, { ...LIMITS, seed: failure?.seed ?? 0 })).toMatchObject({
      executionCount: 1,
      failure: { seed: failure?.seed },
    });
  });

  it('leaves pieces whole where they must be', async () => {
    const { failure } = await fuzz(target({ check: rejectByte(0x2a), hasLoosePieces: false }), LIMITS);
    expect(failure?.input?.map(({ length }) => length)).toEqual([40]);
  });

  it('sees a parser that lives on fail, and one that keeps what it is fed', async () => {
    const late = await fuzz(target({ open: () => rejectByte(0x2a) }), LIMITS);
    expect(late.failure?.reason).toContain('after all that went before');
    const kept: Uint8Array[] = [];
    const hoarder = target({ open: () => () => kept.push(new Uint8Array(200_000)) });
    expect((await fuzz(hoarder, LIMITS)).failure?.reason).toContain('the heap has grown');
  });

  it('finds nothing where nothing is', async () => {
    expect(await fuzz(target({}), LIMITS)).toMatchObject({ executionCount: 200 });
    expect((await fuzz(target({}), LIMITS)).failure).toBeUndefined();
  });
});

describe('chance', () => {
  it('makes the same input of the same seed', async () => {
    const make = (seed: number) => {
      const random = seededRandom(seed);
      const stream = composeStream(random, () => randomBytes(random, 9), 'abc');
      return [...stream, ...loseFrames(random, stream, ([first = 0]) => first)].map((piece) =>
        Buffer.from(piece).toString('hex'),
      );
    };
    expect(make(7)).toEqual(make(7));
    expect(make(8)).not.toEqual(make(7));
  });

  it('seals bytes, so that any other byte, or length, shows', async () => {
    const sealed = sealedBytes(seededRandom(3), 40);
    expect(isSealed(sealed)).toBe(true);
    for (let index = 0; index < sealed.length; index++)
      expect(isSealed(sealed.with(index, (sealed[index] ?? 0) ^ 1))).toBe(false);
    expect(isSealed(sealed.subarray(1))).toBe(false);
    expect(isSealed(sealed.subarray(0, 39))).toBe(false);
  });
});
