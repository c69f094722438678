import { describe, expect, it } from 'vitest';
import { type FixFault, type FixGateState, type FixLimits, INITIAL_GATE, stepFixGate } from './fix-gate.ts';
import type { GnssEpoch } from './gnss-epoch.ts';
import { greatCircleM } from './great-circle.ts';

const LIMITS: FixLimits = {
  mode: '3d',
  maxHdop: 5,
  maxHorizontalAccuracyM: 50,
  minSatellites: 4,
  maxSpeedMps: 350 / 3.6,
  methods: ['autonomous', 'differential', 'precise', 'rtkFixed', 'rtkFloat', 'estimated'],
};

const GOOD: GnssEpoch = {
  mode: '3d',
  isModeStated: true,
  latitudeDeg: 48,
  longitudeDeg: 11,
  hdop: 0.9,
  satellitesUsed: 9,
  method: 'autonomous',
};
const METRES_PER_DEGREE = 111_195;

/** Absent and undefined are the same to the gate. */
type Loosely<T> = { readonly [Key in keyof T]?: T[Key] | undefined };

/** A receiver on a road to the north: `[second, metres]` or a whole epoch beside the second. */
type Entry = readonly [second: number, northM: number, more?: Partial<GnssEpoch>];

function judge(timeline: readonly Entry[], limits = LIMITS): readonly (FixFault | 'ok')[] {
  let state: FixGateState = INITIAL_GATE;
  return timeline.map(([second, northM, more]) => {
    const epoch = { ...GOOD, latitudeDeg: 48 + northM / METRES_PER_DEGREE, ...more };
    const [next, faults] = stepFixGate(state, second * 1000, epoch, limits);
    state = next;
    return faults[0] ?? 'ok';
  });
}

describe('what a receiver says of its fix', () => {
  it.each<readonly [string, Loosely<GnssEpoch>, readonly FixFault[]]>([
    ['a good fix', {}, []],
    ['exactly at the limits', { hdop: 5, satellitesUsed: 4 }, []],
    ['a 2D fix', { mode: '2d' }, ['mode']],
    ['a 2D fix that was only concluded', { mode: '2d', isModeStated: false }, []],
    ['no fix', { mode: 'none', latitudeDeg: undefined, longitudeDeg: undefined }, ['mode']],
    ['no fix, with a position left over', { mode: 'none' }, ['mode']],
    ['a fix without a position', { latitudeDeg: undefined, longitudeDeg: undefined }, ['position']],
    ['half a position', { longitudeDeg: undefined }, ['position']],
    ['a position that is no number', { latitudeDeg: Number.NaN }, ['position']],
    ['few satellites in a bad geometry', { hdop: 12, satellitesUsed: 3 }, ['hdop', 'satellites']],
    ['a receiver that states little', { hdop: undefined, satellitesUsed: undefined, method: undefined }, []],
    ['a bad geometry, but a known accuracy', { hdop: 12, horizontalAccuracyM: 20 }, []],
    ['a good geometry, but reflections', { hdop: 0.9, horizontalAccuracyM: 80 }, ['horizontalAccuracy']],
    ['dead reckoning in a tunnel', { method: 'estimated', mode: '2d', hdop: 99.9, satellitesUsed: 0 }, []],
    ['dead reckoning gone astray', { method: 'estimated', horizontalAccuracyM: 300 }, ['horizontalAccuracy']],
    ['a position typed in', { method: 'manual' }, ['method']],
    ['a simulator', { method: 'simulated' }, ['method']],
    ['a speed beyond all', { speedMps: 100 }, ['speed']],
  ])('judges %s', (_, more, expected) => {
    const epoch = { ...GOOD, ...more } as GnssEpoch; // See Loosely.
    expect(stepFixGate(INITIAL_GATE, 0, epoch, LIMITS)[1]).toEqual(expected);
  });

  it('takes what it is told to take', () => {
    const lenient: FixLimits = { ...LIMITS, mode: '2d', maxHdop: 20, minSatellites: 0, methods: ['simulated'] };
    const poor = { mode: '2d', hdop: 19, satellitesUsed: 0, method: 'simulated' } as const;
    expect(judge([[0, 0, poor]], lenient)).toEqual(['ok']);
    expect(judge([[0, 0]], lenient)).toEqual(['method']);
  });
});

describe('jumps', () => {
  it('follows a fast train', () => {
    expect(judge([0, 1, 2, 3].map((second) => [second, second * 95]))).toEqual(['ok', 'ok', 'ok', 'ok']);
  });

  it('lets noise of ten metres pass at ten fixes a second', () => {
    expect(judge([0, 1, 2, 3].map((tenth) => [tenth / 10, tenth % 2 === 0 ? 0 : 15]))).toEqual(Array(4).fill('ok'));
  });

  it('gives fixes that are known to be rough more room', () => {
    const rough = { horizontalAccuracyM: 45 };
    expect(
      judge([
        [0, 0, rough],
        [0.1, 90, rough],
      ]),
    ).toEqual(['ok', 'ok']);
    expect(
      judge([
        [0, 0],
        [0.1, 90],
      ]),
    ).toEqual(['ok', 'jump']);
  });

  it('refuses a reflection and believes what comes after it', () => {
    expect(
      judge([
        [0, 0],
        [1, 20],
        [2, 2000],
        [3, 60],
        [4, 80],
      ]),
    ).toEqual(['ok', 'ok', 'jump', 'ok', 'ok']);
  });

  it('refuses places that agree neither with the last good one nor with each other', () => {
    const scattered = [1, 2, 3, 4, 5, 6, 7, 8].map((second): Entry => [second, second % 2 === 0 ? 50_000 : 90_000]);
    expect(judge([[0, 0], ...scattered])).toEqual(['ok', ...scattered.map(() => 'jump')]);
  });

  it('believes a place that is held: five fixes, and four seconds', () => {
    const ferry = [1, 2, 3, 4, 5, 6].map((second): Entry => [second, 500_000 + second * 10]);
    expect(judge([[0, 0], ...ferry])).toEqual(['ok', 'jump', 'jump', 'jump', 'jump', 'ok', 'ok']);
    const often = Array.from({ length: 42 }, (_, tenth): Entry => [1 + tenth / 10, 500_000]);
    expect(judge([[0, 0], ...often]).lastIndexOf('jump')).toBe(40);
    const seldom = [30, 60, 90, 120, 150].map((second): Entry => [second, 500_000]);
    expect(judge([[0, 0], ...seldom])).toEqual(['ok', 'jump', 'jump', 'jump', 'jump', 'ok']);
  });

  it('does not confirm a place with fixes that do not count', () => {
    const poor = [1, 2, 3, 4, 5, 6, 7].map((second): Entry => [second, 500_000, { hdop: 9 }]);
    expect(judge([[0, 0], ...poor, [8, 500_000]])).toEqual(['ok', ...poor.map(() => 'hdop'), 'jump']);
  });

  it('believes the first good fix after a long gap, within what could be reached', () => {
    expect(
      judge([
        [0, 0],
        [3600, 340_000],
      ]),
    ).toEqual(['ok', 'ok']);
    expect(
      judge([
        [0, 0],
        [3600, 360_000],
      ]),
    ).toEqual(['ok', 'jump']);
  });

  it('takes the time of the receiver for epochs that waited in a buffer', () => {
    const late = [0, 1, 2, 3].map((second): Entry => [60, second * 30, { timeOfDayMs: 43_200_000 + second * 1000 }]);
    expect(judge(late)).toEqual(['ok', 'ok', 'ok', 'ok']);
  });

  it('is not talked into a jump by a receiver that sets its time back', () => {
    const at = (timeOfDayMs: number) => ({ timeOfDayMs });
    expect(
      judge([
        [0, 0, at(43_200_000)],
        [1, 5000, at(43_199_000)],
      ]),
    ).toEqual(['ok', 'jump']);
    expect(
      judge([
        [0, 0, at(86_399_000)],
        [0, 150, at(1000)],
      ]),
    ).toEqual(['ok', 'ok']);
  });
});

describe('greatCircleM', () => {
  it.each([
    ['a degree of latitude', [48, 11, 49, 11], 111_195],
    ['a degree of longitude at 60° north', [60, 11, 60, 12], 55_597],
    ['over the date line', [0, 179.5, 0, -179.5], 111_195],
    ['antipodes', [0, 0, 0, 180], 20_015_114],
    ['nowhere', [48, 11, 48, 11], 0],
  ] as const)('measures %s', (_, [latitudeDeg, longitudeDeg, otherLatitudeDeg, otherLongitudeDeg], expected) => {
    const to = { latitudeDeg: otherLatitudeDeg, longitudeDeg: otherLongitudeDeg };
    expect(Math.round(greatCircleM({ latitudeDeg, longitudeDeg }, to))).toBe(expected);
  });
});
