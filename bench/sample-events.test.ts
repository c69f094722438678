import { expect, it } from 'vitest';
import { seededRandom } from '#tests/support/seeded-random.ts';
import { SAMPLE_EVENT_BYTES, sampleEvents } from './sample-events.ts';

it('makes events of one size, hardly two alike, in JSON', () => {
  const events = sampleEvents(5000, seededRandom(7).next);
  const sizes = events.map(({ topic, clientId, payload }) => topic.length + clientId.length + payload.length);
  expect(new Set(sizes)).toEqual(new Set([SAMPLE_EVENT_BYTES]));
  const texts = events.map(({ payload }) => Buffer.from(payload).toString());
  expect(new Set(texts).size).toBeGreaterThan(4900);
  for (const text of texts) expect(() => JSON.parse(text)).not.toThrow();
});
