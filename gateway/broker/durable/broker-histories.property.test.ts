import { expect, it } from 'vitest';
import { playBrokerHistory } from './testing/play-broker-history.ts';

/** `WAYSTATION_SEED=… WAYSTATION_COUNT=…` plays others. */
const FIRST_SEED = Number(process.env['WAYSTATION_SEED'] ?? 1);
const COUNT = Number(process.env['WAYSTATION_COUNT'] ?? 40);

it('keeps what it acknowledged, and QoS 2 exactly once, over power cuts at any step [B1 B3 B7]', async () => {
  const sums: Record<string, number> = {};
  for (let seed = FIRST_SEED; seed < FIRST_SEED + COUNT; seed++) {
    const { violations, counts } = await playBrokerHistory(seed);
    expect({ seed, violations }).toEqual({ seed, violations: [] });
    for (const [name, count] of Object.entries(counts)) sums[name] = (sums[name] ?? 0) + count;
  }
  console.log(`${COUNT} histories from seed ${FIRST_SEED} on: ${JSON.stringify(sums)}`);
  expect(sums['expected']).toBeGreaterThan(COUNT);
  expect(sums['lives']).toBeGreaterThan(2 * COUNT);
});
