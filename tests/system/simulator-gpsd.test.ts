import { describe, expect, it } from 'vitest';
import { FakeClock } from '#firmware-sim/fake-clock.ts';
import { distanceM } from '#firmware-sim/receiver/antenna-place.ts';
import { CaptureLine } from '#firmware-sim/sim/capture-line.ts';
import { loadScenario } from '#firmware-sim/sim/shipped-scenarios.ts';
import { openSimAccount, type SimLedgerLine } from '#firmware-sim/sim/sim-account.ts';
import { Simulation } from '#firmware-sim/sim/simulation.ts';
import { gpsdecode, HAS_GPSDECODE, NEEDS_GPSDECODE, type Sky, type Tpv, withoutEras } from '#tests/support/gpsd.ts';

const START_MS = Date.UTC(2026, 5, 1, 8);
/** As far as 1e-7 degrees of UBX, and 1e-7 minutes of sentences, go. */
const FORMAT_DEG = 1.01e-7;

/** What a receiver sends in a scenario, and the ledger of what was true and what it said, by the time of the epoch. */
async function capture(name: string, seconds: number, port = 'gnss') {
  const scenario = loadScenario(name);
  const clock = new FakeClock(scenario.startUnixMs ?? START_MS);
  const pieces: Uint8Array[] = [];
  const ledger = new Map<number, SimLedgerLine>();
  await using _simulation = new Simulation({
    ...{ scenario, clock, seed: 5, say: () => {} },
    openLine: (spec) => new CaptureLine((piece) => (spec.name === port ? pieces.push(piece) : undefined)),
    openAccount: (spec) =>
      openSimAccount(spec.name, (line) => {
        if (spec.name === port) ledger.set(withoutEras(Date.parse(line.time)), line);
      }),
  });
  clock.advance(seconds * 1000);
  return { bytes: Buffer.concat(pieces), ledger };
}

/** gpsd tells what it knows several times in an epoch; the last word counts. */
function lastWords(fixes: readonly Tpv[]): ReadonlyMap<number, Tpv> {
  return new Map(
    fixes.flatMap((fix) => (fix.time === undefined ? [] : [[withoutEras(Date.parse(fix.time)), fix] as const])),
  );
}

function angleBetween(a: number, b: number): number {
  return Math.abs(((a - b + 540) % 360) - 180);
}

const MODES = { none: [1], '2d': [2, 3], '3d': [3], estimated: [1, 2, 3] } as const;

/** Holds one epoch of gpsd against the ledger. */
function compare(fix: Tpv, line: SimLedgerLine): void {
  expect(MODES[line.mode]).toContain(fix.mode);
  if (line.fix === undefined) {
    expect(fix).not.toHaveProperty('lat');
    return;
  }
  if (fix.lat === undefined || fix.lon === undefined) return;
  expect(Math.abs(fix.lat - line.fix.latitudeDeg)).toBeLessThan(FORMAT_DEG);
  expect(Math.abs(fix.lon - line.fix.longitudeDeg)).toBeLessThan(FORMAT_DEG);
  if (fix.altMSL !== undefined) expect(Math.abs(fix.altMSL - line.fix.altitudeMslM)).toBeLessThan(0.0051);
  if (fix.speed !== undefined) expect(Math.abs(fix.speed - line.fix.speedMps)).toBeLessThan(0.001);
  if (fix.track !== undefined && line.fix.courseDeg !== undefined) {
    expect(angleBetween(fix.track, line.fix.courseDeg)).toBeLessThan(0.01);
  }
}

/**
 * gpsd dates what it hears of satellites by the time of week alone, and only in UBX. In sentences it counts a system at a time, and
 * does not know the satellites in use of more than two: there the largest sky of one system is held against the ledger.
 */
function compareSkies(skies: readonly Sky[], lines: readonly SimLedgerLine[]): void {
  const byTimeOfWeek = new Map(lines.map((line) => [Date.parse(line.time) % WEEK_MS, line]));
  const dated = skies.flatMap(({ time, nSat, uSat }) => (time === undefined ? [] : [{ time, counts: [nSat, uSat] }]));
  for (const { time, counts } of dated) {
    const { satellitesVisible, satellitesUsed } = byTimeOfWeek.get(Date.parse(time) % WEEK_MS) ?? {};
    expect(counts).toEqual([satellitesVisible, satellitesUsed]);
  }
  const visible = lines.filter(({ knows }) => knows === 'date').map(({ satellitesVisible }) => satellitesVisible);
  expect(Math.max(...skies.map(({ nSat = 0 }) => nSat))).toBe(Math.max(...visible));
}

const WEEK_MS = 7 * 86_400_000;

describe.skipIf(!HAS_GPSDECODE)(`gpsd reads what the simulated receiver sends${NEEDS_GPSDECODE}`, () => {
  it.each([
    ['NMEA', 'good-day', 120, 'gnss'],
    ['UBX', 'u-blox-ubx', 60, 'gnss'],
    ['both on one line, with RTCM 3 and noise', 'mixed', 90, 'gnss'],
    ['NMEA through tunnels', 'tunnel', 200, 'plain'],
    ['both through tunnels, with estimates', 'tunnel', 200, 'reckoning'],
    ['a cold start without time or date', 'cold-start', 60, 'gnss'],
    ['NMEA at five epochs a second between houses', 'city-multipath', 60, 'gnss'],
    ['a date that is 1,024 weeks early', 'rollover', 60, 'gnss'],
  ])('and agrees with the ledger: %s', async (_, scenario, seconds, port) => {
    const { bytes, ledger } = await capture(scenario, seconds, port);
    const { fixes, skies } = gpsdecode(bytes);
    const words = lastWords(fixes);
    for (const [time, fix] of words) {
      const line = ledger.get(time);
      expect(line, `gpsd has an epoch that was not made: ${fix.time}`).toBeDefined();
      if (line !== undefined) compare(fix, line);
    }
    // Epochs without a time are not told apart; gpsd keeps the last one to itself.
    const timed = [...ledger.values()].filter(({ knows }) => knows === 'date');
    expect(words.size).toBeGreaterThanOrEqual(timed.length - 1);
    const located = [...words.values()].filter(({ lat }) => lat !== undefined);
    const fixed = timed.filter(({ mode }) => mode === '2d' || mode === '3d');
    expect(located.length).toBeGreaterThanOrEqual(fixed.length - 1);
    if (scenario !== 'tunnel') compareSkies(skies, [...ledger.values()]);
  });

  it('and counts the satellites of a receiver of one system', async () => {
    const { bytes, ledger } = await capture('rollover', 30);
    const counts = [...ledger.values()].map(({ satellitesUsed, satellitesVisible }) => [
      satellitesVisible,
      satellitesUsed,
    ]);
    const { skies } = gpsdecode(bytes);
    expect(skies.length).toBeGreaterThan(25);
    for (const { nSat, uSat } of skies) expect(counts).toContainEqual([nSat, uSat]);
  });

  it('and finds the vehicle where the model has it, within the error that is modelled', async () => {
    const { bytes, ledger } = await capture('good-day', 300);
    const errors = [...lastWords(gpsdecode(bytes).fixes)].flatMap(([time, { lat, lon }]) => {
      const truth = ledger.get(time)?.truth;
      if (truth === undefined || lat === undefined || lon === undefined) return [];
      return [distanceM(truth, { latitudeDeg: lat, longitudeDeg: lon, altitudeMslM: 0 })];
    });
    expect(errors.length).toBeGreaterThan(290);
    // 1.5 m at a dilution of 1, on two axes; the dilution of the open sky is below 0.7.
    expect(Math.max(...errors)).toBeLessThan(1.5 * 0.7 * Math.SQRT2);
    expect(Math.max(...errors)).toBeGreaterThan(0.1);
  });
});
