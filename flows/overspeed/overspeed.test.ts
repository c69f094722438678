import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  DEFAULT_SETTINGS,
  INITIAL_STATE,
  MAX_GAP_MS,
  type OverspeedAlert,
  type OverspeedSettings,
  type SpeedSample,
  stepOverspeed,
} from './overspeed.ts';
import { overspeedEvent, readPosition } from './position-event.ts';

const SETTINGS: OverspeedSettings = { limitKmh: 80, marginKmh: 5, raiseAfterMs: 10_000, clearAfterMs: 5000 };

function run(samples: readonly SpeedSample[], settings = SETTINGS): readonly (OverspeedAlert & { atMs: number })[] {
  let state = INITIAL_STATE;
  return samples.flatMap((sample) => {
    const [next, alert] = stepOverspeed(state, sample, settings);
    state = next;
    return alert === undefined ? [] : [{ ...alert, atMs: sample.timeMs }];
  });
}

/** One sample a second, from second `fromS` on. */
function drive(speeds: readonly number[], fromS = 0): readonly SpeedSample[] {
  return speeds.map((speedKmh, index) => ({
    timeMs: (fromS + index) * 1000,
    speedKmh,
    latitude: 48 + index / 1000,
    longitude: 11,
  }));
}

const steady = (speedKmh: number, count: number) => Array.from({ length: count }, () => speedKmh);

describe('stepOverspeed', () => {
  it('raises after ten seconds above limit and margin, and clears after five below the limit', () => {
    const alerts = run(drive([70, 86, 90, 95, ...steady(88, 9), 82, ...steady(79, 7)]));
    expect(alerts).toMatchObject([
      { state: 'raised', startMs: 1000, atMs: 11_000, peakKmh: 95, limitKmh: 80, latitude: 48.001, sampleRateHz: 1 },
      { state: 'cleared', startMs: 1000, endMs: 14_000, atMs: 19_000, peakKmh: 95 },
    ]);
  });

  it('says nothing at the limit and its margin, however long', () => {
    expect(run(drive(steady(85, 100)))).toEqual([]);
  });

  it('says nothing when one sample in ten seconds is not above', () => {
    expect(run(drive([...steady(90, 10), 85, ...steady(90, 10), 85]))).toEqual([]);
  });

  it('does not clear between the limit and its margin, nor below the limit for less than five seconds', () => {
    const alerts = run(drive([...steady(90, 11), ...steady(80, 30), ...steady(79, 5), 80, ...steady(79, 5)]));
    expect(alerts.map(({ state }) => state)).toEqual(['raised']);
  });

  it('raises a second alert only after the first is cleared', () => {
    const alerts = run(drive([...steady(90, 11), ...steady(70, 6), ...steady(90, 11)]));
    expect(alerts.map(({ state }) => state)).toEqual(['raised', 'cleared', 'raised']);
  });

  it('takes a silence for no evidence: nothing is raised across it', () => {
    const before = drive(steady(90, 6));
    expect(run([...before, ...drive(steady(90, 9), 6 + MAX_GAP_MS / 1000)])).toEqual([]);
  });

  it('closes an alert at the last sample before a silence', () => {
    const alerts = run([...drive(steady(90, 12)), ...drive([50], 3600)]);
    expect(alerts.at(-1)).toMatchObject({ state: 'cleared', endMs: 11_000, atMs: 3_600_000 });
  });

  it('ignores what is older than the last sample or was seen, and begins anew when the clock was set back', () => {
    const withOlder = [...drive(steady(90, 8)), ...drive([50], 5), ...drive(steady(90, 3), 8)];
    expect(run(withOlder)).toMatchObject([{ state: 'raised', startMs: 0 }]);
    const alerts = run([...drive(steady(90, 5), 1_000_000), ...drive(steady(90, 11))]);
    expect(alerts).toMatchObject([{ state: 'raised', startMs: 0 }]);
  });

  it('gives the recorded alerts for the recorded drive', () => {
    const lines = (name: string) =>
      readFileSync(new URL(name, import.meta.url), 'utf8')
        .trimEnd()
        .split('\n')
        .map((line): unknown => JSON.parse(line));
    const samples = lines('recording.ndjson').flatMap((payload) => readPosition(payload) ?? []);
    const alerts = run(samples, { ...DEFAULT_SETTINGS, limitKmh: 40 });
    expect(alerts.map(({ atMs, ...alert }) => overspeedEvent(alert, 'gps0', atMs))).toEqual(lines('expected.ndjson'));
  });
});

describe('readPosition', () => {
  const data = { latitude: 48, longitude: 11, speedKmh: 50 };
  const event = { type: 'gnss.position', time: '2026-11-20T12:00:00.000Z', data };

  it('reads time, speed and place', () => {
    expect(readPosition(event)).toEqual({ ...data, timeMs: Date.UTC(2026, 10, 20, 12) });
  });

  it.each([
    ['nothing', undefined],
    ['text', 'gnss.position'],
    ['another event', { ...event, type: 'can.message' }],
    ['a time that is not known yet', { ...event, time: undefined }],
    ['a fix without a speed', { ...event, data: { latitude: 48, longitude: 11 } }],
    ['a void fix', { ...event, data: { fix: 'none' } }],
    ['a fix below the gate', { ...event, data: { ...data, valid: false, reasons: ['jump'] } }],
    ['a speed that is text', { ...event, data: { ...data, speedKmh: '50' } }],
    ['no data', { ...event, data: null }],
  ])('takes %s for no sample [S2]', (_, payload) => {
    expect(readPosition(payload)).toBeUndefined();
  });
});
