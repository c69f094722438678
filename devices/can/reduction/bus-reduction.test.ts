import { describe, expect, it } from 'vitest';
import { MAX_REPORTS } from './bus-reduction.ts';
import { decoderOf, openLoggedBus } from './testing/report-log.ts';

const PAGES = decoderOf(`BO_ 100 Pages: 8 X
 SG_ Page M : 0|16@1+ (1,0) [0|0] "" X
 SG_ First m0 : 16|16@1+ (1,0) [0|0] "" X
 SG_ Second m1 : 16|16@1+ (1,0) [0|0] "" X
BO_ 2147483748 Far: 1 X
 SG_ Value : 0|8@1+ (1,0) [0|0] "" X`);

function page(number: number, value: number): Uint8Array {
  return Uint8Array.of(number & 0xff, number >> 8, value, 0, 0, 0, 0, 0);
}

describe('BusReduction', () => {
  it('compares a payload with the last one that its multiplexors selected alike', () => {
    const { bus, reports } = openLoggedBus(PAGES, {});
    for (let round = 0; round < 10; round++) {
      bus.take(100, false, page(0, 5), round);
      bus.take(100, false, page(1, round < 5 ? 6 : 7), round);
    }
    expect(reports.map(({ values }) => values)).toEqual([
      { Page: 0, First: 5 },
      { Page: 1, Second: 6 },
      { Page: 1, Second: 7 },
    ]);
    expect(bus.counts).toMatchObject({ unchangedCount: 17, knownIdCount: 1 });
  });

  it('tells base and extended identifiers apart, and refuses what no list knows', () => {
    const { bus, reports } = openLoggedBus(PAGES, {});
    expect(bus.take(100, true, Uint8Array.of(1), 0)).toBe(true);
    expect(bus.take(101, false, Uint8Array.of(1), 0)).toBe(false);
    expect(reports).toMatchObject([{ message: 'Far' }]);
  });

  it('keeps apart no more than its bound, and loses nothing of what it forgets', () => {
    const { bus, reports } = openLoggedBus(PAGES, { default: { minIntervalMs: 60_000, maxIntervalMs: 0 } });
    bus.take(100, true, Uint8Array.of(1), 0);
    bus.take(100, true, Uint8Array.of(2), 1);
    for (let number = 0; number < MAX_REPORTS - 1; number++) bus.take(100, false, page(number, 0), 2);
    bus.take(100, false, page(1, 9), 3);
    expect(reports.splice(0)).toHaveLength(MAX_REPORTS);
    bus.take(100, false, page(60_000, 0), 4);
    // The identifier heard first went, with what was held of it.
    expect(reports.splice(0)).toMatchObject([
      { message: 'Far', heardMs: 1, values: { Value: 2 } },
      { values: { Page: 60_000 } },
    ]);
    expect(bus.counts.knownIdCount).toBe(1);
    bus.take(100, false, page(60_001, 0), 5);
    // Then its own pages: the change of page 1 that was held comes out.
    expect(reports.splice(0)).toMatchObject([
      { heardMs: 3, values: { Page: 1, Second: 9 } },
      { values: { Page: 60_001 } },
    ]);
  });

  it('keeps messages that came in several frames apart by their key', () => {
    const { bus, reports } = openLoggedBus(PAGES, {});
    const [, decoder] = PAGES.messages;
    if (decoder === undefined) throw new Error('there are two messages');
    for (const key of ['a', 'b', 'a']) bus.takeMessage(key, { decoder }, Uint8Array.of(1, 2, 3), 0);
    expect(reports).toHaveLength(2);
  });
});
