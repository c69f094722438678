import { expect, it } from 'vitest';
import { fuzzBroker } from '#tests/fuzz-broker/fuzz-broker.ts';
import { hostileInput } from '#tests/fuzz-broker/hostile-input.ts';
import { seededRandom } from '#tests/support/seeded-random.ts';

it('hostile clients at every listener cost the gateway nothing, nor an honest pair [B4, B5, P2]', async () => {
  const { faults, connectionCount, honestCount } = await fuzzBroker({ seed: 1, maxMs: 4000 });
  expect(faults).toEqual([]);
  expect(Math.min(connectionCount, honestCount)).toBeGreaterThan(20);
});

it('a seed brings the same input back', () => {
  const make = (seed: number) => {
    const { kind, pieces, ending } = hostileInput(seededRandom(seed));
    return [kind, ending, Buffer.concat(pieces).toString('hex')];
  };
  for (let seed = 0; seed < 100; seed++) expect(make(seed)).toEqual(make(seed));
});
