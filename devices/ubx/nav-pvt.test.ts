import { describe, expect, it } from 'vitest';
import { decodeNavPvt, encodeNavPvt, type NavPvt } from './nav-pvt.ts';

/** A payload put together by hand from the interface description, field by field. */
const PAYLOAD =
  '201b1c1c ea07 0b 14 0b 00 04 0f 19000000 05e5f9ff 03 83 ea 11 5470fd07 b9684d1f 523d0100 1ba40000 e2040000 fc080000' +
  'd2040000 c9fdffff 59000000 4e050000 90a0ff01 78000000 d0dd0600 7300 0000 00000000 00b20002 9c01 1e00';

const MESSAGE: NavPvt = {
  type: 'NAV-PVT',
  itowMs: 471_604_000,
  dateUnixMs: Date.UTC(2026, 10, 20),
  timeOfDayMs: 39_604_000,
  isTimeResolved: true,
  isDateConfirmed: true,
  isTimeConfirmed: true,
  timeAccuracyNs: 25,
  fixType: '3d',
  isFixOk: true,
  isDifferential: true,
  carrierSolution: 'fixed',
  satellitesUsed: 17,
  latitudeDeg: 52.5166777,
  longitudeDeg: 13.4049876,
  altitudeHaeM: 81.234,
  altitudeMslM: 42.011,
  horizontalAccuracyM: 1.25,
  verticalAccuracyM: 2.3,
  velocityNorthMps: 1.234,
  velocityEastMps: -0.567,
  velocityDownMps: 0.089,
  speedMps: 1.358,
  headingDeg: 335.3,
  speedAccuracyMps: 0.12,
  headingAccuracyDeg: 4.5,
  pdop: 1.15,
  vehicleHeadingDeg: undefined,
  magneticDeclinationDeg: 4.12,
  magneticDeclinationAccuracyDeg: 0.3,
};

function payload(changes: Readonly<Record<number, number>> = {}, sizeBytes = 92): DataView {
  const bytes = Uint8Array.from(Buffer.from(PAYLOAD.replaceAll(' ', ''), 'hex').subarray(0, sizeBytes));
  for (const [offset, byte] of Object.entries(changes)) bytes[Number(offset)] = byte;
  return new DataView(bytes.buffer);
}

function decode(changes: Readonly<Record<number, number>> = {}, sizeBytes = 92): NavPvt {
  const result = decodeNavPvt(payload(changes, sizeBytes));
  if (!result.isDecoded) throw new Error(result.reason);
  return result.value;
}

const WITHOUT_POSITION = { latitudeDeg: undefined, altitudeMslM: undefined, horizontalAccuracyM: undefined };

describe('decodeNavPvt', () => {
  it('reads every field in SI units [UBX-NAV-PVT]', () => {
    expect(decode()).toEqual(MESSAGE);
  });

  it.each<[title: string, changes: Readonly<Record<number, number>>, part: Partial<NavPvt>]>([
    ['the receiver does not vouch for its fix', { 21: 0x82 }, { ...WITHOUT_POSITION, speedMps: undefined }],
    ['no fix', { 20: 0 }, { ...WITHOUT_POSITION, fixType: 'none', speedMps: undefined }],
    ['time only', { 20: 5 }, { ...WITHOUT_POSITION, fixType: 'timeOnly', headingDeg: undefined }],
    ['an unheard-of fix type', { 20: 6 }, { ...WITHOUT_POSITION, fixType: 'none' }],
    ['an invalid position [protocol 27]', { 78: 1 }, { ...WITHOUT_POSITION, fixType: '3d', speedMps: 1.358 }],
    ['dead reckoning', { 20: 1 }, { fixType: 'deadReckoning', latitudeDeg: MESSAGE.latitudeDeg }],
    ['two dimensions', { 20: 2 }, { fixType: '2d', latitudeDeg: MESSAGE.latitudeDeg }],
    ['GNSS with dead reckoning', { 20: 4 }, { fixType: 'gnssDeadReckoning', latitudeDeg: MESSAGE.latitudeDeg }],
    ['no valid date', { 11: 0x02 }, { dateUnixMs: undefined, timeOfDayMs: 39_604_000, isTimeResolved: false }],
    ['no valid time', { 11: 0x01 }, { dateUnixMs: MESSAGE.dateUnixMs, timeOfDayMs: undefined }],
    ['an impossible date that it calls invalid', { 6: 0, 11: 0x00 }, { dateUnixMs: undefined }],
    ['no confirmation stated', { 22: 0xc0 }, { isDateConfirmed: undefined, isTimeConfirmed: undefined }],
    ['an unknown accuracy', { 12: 255, 13: 255, 14: 255, 15: 255 }, { timeAccuracyNs: undefined }],
    ['a heading of the vehicle', { 21: 0xa3 }, { vehicleHeadingDeg: 336 }],
    ['a floating carrier solution', { 21: 0x43 }, { carrierSolution: 'float' }],
    ['a negative course', { 64: 0xff, 65: 0xff, 66: 0xff, 67: 0xff }, { headingDeg: 359.99999 }],
  ])('%s [S2]', (_title, changes, part) => {
    expect(decode(changes)).toMatchObject(part);
  });

  it.each<[title: string, clock: readonly number[], nanoseconds: number, dateUnixMs: number, timeOfDayMs: number]>([
    ['the second is rounded up', [11, 0, 4], -5_000_000, Date.UTC(2026, 10, 20), 39_603_995],
    ['a tenth', [11, 0, 4], 99_999_800, Date.UTC(2026, 10, 20), 39_604_100],
    ['rounded up to midnight', [0, 0, 0], -4_000_000, Date.UTC(2026, 10, 19), 86_399_996],
    ['rounded to midnight by us', [23, 59, 59], 999_600_000, Date.UTC(2026, 10, 21), 0],
    ['a leap second', [23, 59, 60], 250_000_000, Date.UTC(2026, 10, 20), 86_400_250],
  ])('puts nanoseconds and calendar together: %s [S5]', (_title, clock, nanoseconds, dateUnixMs, timeOfDayMs) => {
    const [hour = 0, minute = 0, second = 0] = clock;
    const view = payload({ 8: hour, 9: minute, 10: second });
    view.setInt32(16, nanoseconds, true);
    expect(decodeNavPvt(view)).toMatchObject({ isDecoded: true, value: { dateUnixMs, timeOfDayMs } });
  });

  it('reads the 84 bytes of protocol 14, whose last bytes are reserved', () => {
    const old = { ...MESSAGE, magneticDeclinationDeg: undefined, magneticDeclinationAccuracyDeg: undefined };
    expect(decode({ 21: 0xa3, 78: 1 }, 84)).toEqual(old);
    expect(decodeNavPvt(encodeNavPvt(old, 84))).toEqual({ isDecoded: true, value: old });
  });

  it.each<[reason: string, changes: Readonly<Record<number, number>>, sizeBytes: number]>([
    ['wrong-length', {}, 0],
    ['wrong-length', {}, 83],
    ['wrong-length', {}, 91],
    ['out-of-range', { 6: 13 }, 92],
    ['out-of-range', { 6: 2, 7: 30 }, 92],
    ['out-of-range', { 4: 0xbb, 5: 0x07 }, 92],
    ['out-of-range', { 8: 24 }, 92],
    ['out-of-range', { 9: 60 }, 92],
    ['out-of-range', { 10: 61 }, 92],
    ['out-of-range', { 19: 0x7f }, 92],
    ['out-of-range', { 27: 0x7f }, 92],
    ['out-of-range', { 31: 0x7f }, 92],
  ])('refuses what is %s: %j of %i bytes', (reason, changes, sizeBytes) => {
    expect(decodeNavPvt(payload(changes, sizeBytes))).toEqual({ isDecoded: false, reason });
  });
});
