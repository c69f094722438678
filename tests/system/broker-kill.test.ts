import { expect, it } from 'vitest';
import { killBroker } from '#tests/support/kill-broker.ts';
import { openSeededRandom } from '#tests/support/seeded-random.ts';

const KILL_COUNT = 20;

it('loses no acknowledged message, repeats none of QoS 2, and retains what was retained, however often it is killed [B1 B3 B7]', async () => {
  const random = openSeededRandom();
  const outcome = await killBroker(KILL_COUNT, random);
  const { violations, journaledTwice, acknowledgedCount, hitCount, repeatCount } = outcome;
  console.log(
    `seed ${random.seed}, ${KILL_COUNT} kills, ${hitCount} hit publishes without an answer, ${acknowledgedCount} acknowledged, ` +
      `${repeatCount} repeats with QoS 1`,
  );
  expect({ violations, journaledTwice }).toEqual({ violations: [], journaledTwice: [] });
  expect(hitCount).toBeGreaterThan(0);
});
