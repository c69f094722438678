import { expect, it } from 'vitest';
import { retrySink } from './retry-sink.ts';

it('retries the sink that was named, and no other', () => {
  const tried: string[] = [];
  const sinks = ['hub', 'influx'].map((id) => ({ id, retryNow: () => void tried.push(id) }));
  retrySink(sinks, 'influx');
  expect(tried).toEqual(['influx']);
  for (const id of ['', 'Hub', '__proto__']) {
    expect(() => retrySink(sinks, id)).toThrow(
      expect.objectContaining({ code: 'sink.unknown', message: expect.stringMatching(/hub, influx/) }),
    );
  }
});
