import { describe, expect, it } from 'vitest';
import { type EpochFacts, sayEpoch } from './fake-receiver.ts';
import { GnssDecoder } from './gnss-decoder.ts';

const TODAY = Date.UTC(2026, 10, 20);
const YESTERYEAR = Date.UTC(2014, 5, 1);
const NOON_MS = 43_200_000;

/** Lines of two receivers in turn. */
function alternate(ours: readonly string[], theirs: readonly string[]): readonly string[] {
  return Array.from({ length: Math.max(ours.length, theirs.length) }, (_, index) => [ours[index], theirs[index]])
    .flat()
    .filter((line) => line !== undefined);
}

function decode(lines: readonly string[]) {
  const decoder = new GnssDecoder();
  const bytes = Buffer.from(lines.map((line) => `${line}\r\n`).join(''), 'latin1');
  return { epochs: [...decoder.push(bytes), ...decoder.flush()], rejections: decoder.rejections };
}

function life(count: number, startMs: number, addresses: readonly string[], facts: Omit<EpochFacts, 'timeOfDayMs'>) {
  return Array.from({ length: count }, (_, index) =>
    sayEpoch({ timeOfDayMs: startMs + index * 1000, ...facts }, addresses),
  ).flat();
}

describe('two receivers on one line', () => {
  it.each([
    ['of different times', 7_200_000],
    ['half a second apart', NOON_MS + 500],
    ['a few seconds apart', NOON_MS + 5000],
  ])('%s do not lend each other a speed, a mode or a date [S2]', (_title, theirStartMs) => {
    const ours = life(20, NOON_MS, ['GPGGA', 'GPVTG', 'GPGSA'], { mode: '3d', speedMps: 30 });
    const theirs = life(20, theirStartMs, ['GPRMC', 'GPGLL'], {
      mode: '2d',
      latitudeDeg: -34,
      speedMps: 2,
      dateUnixMs: YESTERYEAR,
    });
    const { epochs } = decode(alternate(ours, theirs));
    const northern = epochs.filter(({ latitudeDeg = 0 }) => latitudeDeg > 0);
    const southern = epochs.filter(({ latitudeDeg = 0 }) => latitudeDeg < 0);
    expect(northern.length).toBeGreaterThan(10);
    expect(southern.length).toBeGreaterThan(10);
    // Before both were heard, their sentences cannot be told apart.
    for (const { speedMps } of northern.slice(2)) expect([undefined, 30]).toContain(speedMps && Math.round(speedMps));
    for (const { speedMps } of southern) expect(speedMps).toBeCloseTo(2, 2);
    for (const epoch of southern) expect(epoch).not.toHaveProperty('altitudeMslM');
  });

  it.each([
    ['the same name', 'GP'],
    ['names of their own', 'II'],
  ])('of the same times and %s: one of them counts, with nothing of the other [S2]', (_title, talker) => {
    const ours = life(20, NOON_MS, ['GPRMC', 'GPGGA', 'GPVTG'], { mode: '3d', speedMps: 30, dateUnixMs: TODAY });
    const theirs = life(20, NOON_MS, [`${talker}RMC`, `${talker}VTG`, `${talker}GGA`], {
      mode: '2d',
      latitudeDeg: -34,
      speedMps: 2,
      dateUnixMs: TODAY,
    });
    const { epochs } = decode(alternate(ours, theirs));
    expect(epochs).toHaveLength(20);
    for (const epoch of epochs) {
      expect(epoch).toMatchObject({ latitudeDeg: expect.closeTo(48.137154, 6), altitudeMslM: 519.2 });
      expect(epoch.speedMps).toBeCloseTo(30, 2);
    }
  });

  it('of one name, one of them slower: what the slower one says without a time goes with no epoch of the other [S2]', () => {
    const say = (timeOfDayMs: number, facts: Partial<EpochFacts>) =>
      sayEpoch({ timeOfDayMs, mode: '3d', ...facts }, ['GPGLL', 'GPVTG']);
    const lines = Array.from({ length: 50 }, (_, index) => [
      ...say(NOON_MS + index * 200, { speedMps: 30 }),
      ...(index % 5 === 0 ? say(NOON_MS + index * 200, { latitudeDeg: -34, speedMps: 2 }) : []),
    ]).flat();
    const { epochs } = decode(lines);
    expect(epochs).toHaveLength(50);
    for (const { latitudeDeg, speedMps } of epochs) {
      expect(latitudeDeg).toBeGreaterThan(0);
      expect([undefined, 30]).toContain(speedMps && Math.round(speedMps));
    }
    expect(epochs.filter(({ speedMps }) => speedMps !== undefined).length).toBeGreaterThanOrEqual(40);
  });

  it('of the same times: one of them is followed, whichever speaks first', () => {
    const say = (index: number, latitudeDeg: number) =>
      sayEpoch({ timeOfDayMs: NOON_MS + index * 1000, mode: '3d', latitudeDeg }, ['GPGGA']);
    const lines = Array.from({ length: 20 }, (_, index) =>
      index % 2 === 0 ? [...say(index, 48), ...say(index, 50)] : [...say(index, 50), ...say(index, 48)],
    ).flat();
    expect(decode(lines).epochs.map(({ latitudeDeg }) => Math.round(latitudeDeg ?? 0))).toEqual(Array(20).fill(48));
  });

  it('is what is given up for a receiver whose clock was set: it goes on by itself', () => {
    const cold = life(5, 0, ['GPRMC', 'GPGGA', 'GPGSA'], { mode: 'none', dateUnixMs: Date.UTC(1980, 0, 6) });
    const warm = life(20, NOON_MS, ['GPRMC', 'GPGGA', 'GPGSA'], { mode: '3d', dateUnixMs: TODAY });
    const { epochs } = decode([...cold, ...warm]);
    expect(epochs).toHaveLength(25);
    expect(epochs.at(5)).toMatchObject({ unixMs: TODAY + NOON_MS, mode: '3d', isModeStated: false });
    expect(epochs.at(-1)).toMatchObject({ unixMs: TODAY + NOON_MS + 19_000, mode: '3d', isModeStated: true });
  });

  it('has no date after its clock was set, until it states one [S5]', () => {
    const cold = life(3, 0, ['GPZDA', 'GPGGA'], { mode: 'none', dateUnixMs: Date.UTC(1980, 0, 6) });
    const warm = life(3, NOON_MS, ['GPGGA'], { mode: '3d' });
    const dated = life(3, NOON_MS + 3000, ['GPZDA', 'GPGGA'], { mode: '3d', dateUnixMs: TODAY });
    const times = decode([...cold, ...warm, ...dated]).epochs.map(({ unixMs }) => unixMs);
    expect(times.slice(3, 5)).toEqual([undefined, undefined]);
    expect(times.at(-1)).toBe(TODAY + NOON_MS + 5000);
  });
});
