import { describe, expect, it } from 'vitest';
import { sampleRecord } from './sample-record.ts';
import {
  decodeSentMemory,
  elapsedMs,
  MAX_FILTER_MEMORY_BYTES,
  MAX_REMEMBERED_VALUES,
  SentMemory,
} from './sent-memory.ts';
import type { FilterChange } from './shaper.ts';

function mark(number: number, fields: Partial<FilterChange> = {}): FilterChange {
  const key = number.toString(16).padStart(16, '0');
  return { key, clockRun: '00000000000000cc', monotonicMs: 1000.125, wallMs: 1.7e12, values: [2.5], ...fields };
}

function filled(count: number): SentMemory {
  const memory = new SentMemory();
  for (let number = 0; number < count; number++) memory.apply(mark(number));
  return memory;
}

function reread(memory: SentMemory, maxBytes = MAX_FILTER_MEMORY_BYTES): SentMemory {
  const decoded = decodeSentMemory(memory.encode(maxBytes) ?? Buffer.alloc(0));
  if (!decoded.isDecoded) throw new Error(decoded.reason);
  return decoded.value;
}

it('forgets what was forwarded longest ago when it is full [P3]', () => {
  const memory = filled(10_000);
  expect(memory.encode(1e9)?.length).toBeLessThanOrEqual(MAX_FILTER_MEMORY_BYTES);
  expect(memory.find(mark(0).key)).toBeUndefined();
  expect(memory.find(mark(9_999).key)).toEqual(mark(9_999));
  expect(memory.apply(mark(9_999))).toBe(false);
  expect(memory.apply(mark(10_001))).toBe(true);
  const kept = filled(390);
  kept.apply(mark(0));
  for (let number = 1000; number < 1300; number++) kept.apply(mark(number));
  expect(kept.find(mark(0).key)).toBeDefined();
  expect(kept.find(mark(1).key)).toBeUndefined();
});

it('comes back as it was, in its order of forgetting', () => {
  const memory = filled(50);
  memory.apply(mark(3, { values: [], wallMs: Number.NaN }));
  memory.apply(mark(4, { values: [Number.NaN, -0, 1e300], monotonicMs: 0.001 }));
  const again = reread(memory);
  expect(again.find(mark(3).key)).toEqual(memory.find(mark(3).key));
  expect(again.find(mark(4).key)).toEqual(memory.find(mark(4).key));
  expect(again.encode(MAX_FILTER_MEMORY_BYTES)).toEqual(memory.encode(MAX_FILTER_MEMORY_BYTES));
});

it('writes the latest down where not all fits, and nothing where there is nothing', () => {
  const bytes = filled(50).encode(200);
  expect(bytes?.length).toBeLessThanOrEqual(200);
  const again = reread(filled(50), 200);
  expect(again.find(mark(49).key)).toBeDefined();
  expect(again.find(mark(40).key)).toBeUndefined();
  expect(new SentMemory().encode(200)).toBeUndefined();
  expect(filled(1).encode(10)).toBeUndefined();
});

it('is forked into one of its own', () => {
  const memory = filled(2);
  const fork = memory.fork();
  memory.apply(mark(5));
  fork.apply(mark(0, { values: [9] }));
  expect(fork.find(mark(5).key)).toBeUndefined();
  expect(memory.find(mark(0).key)?.values).toEqual([2.5]);
});

describe('bytes that are no memory are refused as a whole', () => {
  const whole = Buffer.from(filled(3).encode(1000) ?? []);

  it.each([
    ['nothing', Buffer.alloc(0), 'unknown-version'],
    ['another version', Buffer.concat([Buffer.from([2]), whole.subarray(1)]), 'unknown-version'],
    ['a cut end', whole.subarray(0, -1), 'truncated'],
    ['a cut mark', whole.subarray(0, 20), 'truncated'],
    ['something behind', Buffer.concat([whole, Buffer.from([0])]), 'truncated'],
    [
      'values without end',
      Buffer.concat([whole.subarray(0, 33), Buffer.from([255]), Buffer.alloc(3000)]),
      'too-many-values',
    ],
    ['more than it may be', Buffer.alloc(MAX_FILTER_MEMORY_BYTES + 1, 1), 'too-large'],
  ])('%s', (_what, bytes, reason) => {
    expect(decodeSentMemory(bytes)).toEqual({ isDecoded: false, reason });
  });

  it('and any other bytes give a memory or a reason', () => {
    for (let place = 0; place < whole.length; place++) {
      for (const value of [0, 1, 0x7f, 0xff]) {
        const altered = Buffer.from(whole);
        altered[place] = value;
        const decoded = decodeSentMemory(altered);
        if (decoded.isDecoded)
          expect(decoded.value.encode(MAX_FILTER_MEMORY_BYTES)?.length).toBeLessThanOrEqual(whole.length);
      }
    }
  });

  it('holds as many values as the rules of a filter can ask for', () => {
    const memory = new SentMemory();
    memory.apply(mark(1, { values: Array.from({ length: MAX_REMEMBERED_VALUES }, (_, index) => index) }));
    expect(reread(memory).find(mark(1).key)?.values).toHaveLength(MAX_REMEMBERED_VALUES);
  });
});

describe('how much later an event came', () => {
  const before = mark(1, { monotonicMs: 5000, wallMs: 1_000_000 });
  const stampOf = (stamp: object) => sampleRecord({ stamp }).stamp;

  it.each([
    ['by the monotonic clock within a run, whatever the date', { monotonicMs: 6000, wallMs: 0 }, 1000],
    ['by the date between two runs', { clockRun: '00000000000000dd', monotonicMs: 10, wallMs: 1_002_000 }, 2000],
    ['long ago where the date was set back', { clockRun: '00000000000000dd', wallMs: 999_000 }, Infinity],
    ['long ago where there is no date', { clockRun: '00000000000000dd', wallMs: 1_002_000, quality: 'none' }, Infinity],
    ['long ago where the monotonic clock went back', { monotonicMs: 4000 }, Infinity],
  ])('%s', (_what, stamp, ms) => {
    expect(elapsedMs(before, stampOf(stamp))).toBe(ms);
  });

  it('is long ago where the one before had no date', () => {
    expect(elapsedMs(mark(1, { wallMs: Number.NaN }), stampOf({ clockRun: '00000000000000dd' }))).toBe(Infinity);
  });
});
