import { expect, it } from 'vitest';
import { compileShaper } from '#gateway/sinks/shape/compile-shaper.ts';
import { sampleRecord } from '#gateway/sinks/testing/sample-record.ts';
import { FilterTrail } from './filter-trail.ts';

const shaper = compileShaper([{ topics: ['#'], onChange: true }]);
const record = (text: string) => sampleRecord({ payload: Buffer.from(text) });
const ENOUGH_BYTES = 1000;

it('begins after a restart where the cursor stands, and forwards the same events again', () => {
  const trail = new FilterTrail(shaper);
  const passes = (sequence: number, text: string) => trail.decide(sequence, record(text)).passes;
  expect([passes(1, 'a'), passes(2, 'a'), passes(3, 'b'), passes(4, 'b')]).toEqual([true, false, true, false]);
  trail.commit(2);
  const again = new FilterTrail(shaper, trail.encode(ENOUGH_BYTES));
  expect(again.decide(3, record('b')).passes).toBe(true);
  expect(again.decide(4, record('b')).passes).toBe(false);
  trail.commit(4);
  expect(new FilterTrail(shaper, trail.encode(ENOUGH_BYTES)).decide(5, record('b')).passes).toBe(false);
});

it('decides anew on what is read again', () => {
  const trail = new FilterTrail(shaper);
  trail.decide(1, record('a'));
  trail.decide(2, record('b'));
  trail.rewind(2);
  expect(trail.decide(2, record('b')).passes).toBe(true);
  trail.rewind(2);
  expect(trail.decide(2, record('a')).passes).toBe(false);
});

it('says what it cannot read, and begins anew', () => {
  const reasons: string[] = [];
  const trail = new FilterTrail(shaper, Buffer.from('junk'), (reason) => reasons.push(reason));
  expect(reasons).toEqual(['unknown-version']);
  expect(trail.decide(1, record('a')).passes).toBe(true);
});
