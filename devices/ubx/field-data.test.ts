import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { NavPvt } from './nav-pvt.ts';
import { ReceiverFramer } from './receiver-framer.ts';
import { decodeUbxMessage } from './ubx-message.ts';

/**
 * Recordings of real receivers against what an independent decoder (gpsd) makes of them, message by message; `devices/gps` does so for whole
 * epochs. They are no part of the repository: `WAYSTATION_FIELD_DATA` names the folder that holds them.
 */
const FOLDER = process.env['WAYSTATION_FIELD_DATA'] && join(process.env['WAYSTATION_FIELD_DATA'], 'gnss');
const recordings = FOLDER ? readdirSync(FOLDER).filter((file) => /^ublox-.*\.log$/.test(file)) : [];

/** gpsd moves some old dates by 1024 weeks: times are compared modulo that. */
const ROLLOVER_MS = 1024 * 7 * 86_400_000;

/** One record of an expectation: several may share a time, for gpsd updates inside an epoch. */
interface ExpectedFix {
  readonly tmod: number;
  readonly lat?: number;
  readonly lon?: number;
  readonly speed?: number;
  readonly track?: number;
  readonly altMSL?: number;
  readonly altHAE?: number;
}

function read(file: string): Buffer {
  return readFileSync(join(FOLDER ?? '', file));
}

function decode(stream: Uint8Array) {
  const fixes: NavPvt[] = [];
  const rejections: string[] = [];
  const framer = new ReceiverFramer({
    onLine: () => {},
    onUbx: (frame) => {
      const message = decodeUbxMessage(frame);
      if (message?.isDecoded === false) rejections.push(message.reason);
      if (message?.isDecoded && message.value.type === 'NAV-PVT') fixes.push(message.value);
    },
  });
  framer.push(stream);
  framer.flush();
  return { fixes, rejections };
}

function expectedFixes(file: string): ReadonlyMap<number, readonly ExpectedFix[]> {
  const lines = read(file.replace(/log$/, 'expected.jsonl')).toString().trim().split('\n');
  // The records are written by one script in the one shape above; a missing time would show as no joined fix.
  return Map.groupBy(
    lines.map((line) => JSON.parse(line) as ExpectedFix),
    ({ tmod }) => tmod,
  );
}

function matches(fix: NavPvt, expected: ExpectedFix): boolean {
  const isClose = (stated: number | undefined, value: number | undefined, tolerance: number) =>
    value === undefined || (stated !== undefined && Math.abs(stated - value) <= tolerance);
  return (
    (fix.latitudeDeg === undefined) === (expected.lat === undefined) &&
    isClose(fix.latitudeDeg, expected.lat, 2e-6) &&
    isClose(fix.longitudeDeg, expected.lon, 2e-6) &&
    isClose(fix.speedMps, expected.speed, 0.06) &&
    isClose(fix.headingDeg, expected.track, 0.2) &&
    isClose(fix.altitudeMslM, expected.altMSL, 0.15) &&
    isClose(fix.altitudeHaeM, expected.altHAE, 0.15)
  );
}

describe.skipIf(FOLDER === undefined)('recordings (skipped where WAYSTATION_FIELD_DATA is not set)', () => {
  it.each(recordings)('%s: every message is understood, and NAV-PVT says what gpsd expects', (file) => {
    const expected = expectedFixes(file);
    const { fixes, rejections } = decode(read(file));
    expect(rejections).toEqual([]);
    const joined = fixes.flatMap((fix) => {
      const candidates = expected.get(((fix.dateUnixMs ?? 0) + (fix.timeOfDayMs ?? 0)) % ROLLOVER_MS);
      return candidates === undefined ? [] : { fix, candidates };
    });
    expect(joined.filter(({ fix, candidates }) => !candidates.some((one) => matches(fix, one)))).toEqual([]);
    // gpsd does not give out the first or last epoch of some.
    if (fixes.length > 0) expect(joined.length).toBeGreaterThanOrEqual(Math.max(1, fixes.length - 2));
  });

  it('has recordings with NAV-PVT', () => {
    expect(recordings.filter((file) => decode(read(file)).fixes.length > 0).length).toBeGreaterThanOrEqual(4);
  });
});
