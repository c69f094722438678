import { describe, expect, it } from 'vitest';
import { decodeUbxMessage, type UbxMessage } from './ubx-message.ts';

function decode(key: number, hex: string) {
  const payload = new DataView(Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex')).buffer);
  return decodeUbxMessage({ messageClass: key >> 8, messageId: key & 0xff, payload });
}

/** iTOW 471,604,000 ms. */
const ITOW = '201b1c1c';
const itowMs = 471_604_000;

describe('decodeUbxMessage', () => {
  it.each<[type: string, key: number, hex: string, message: Partial<UbxMessage>]>([
    [
      'NAV-POSLLH',
      0x0102,
      `${ITOW} 5470fd07 b9684d1f 523d0100 1ba40000 e2040000 ffffffff`,
      {
        itowMs,
        longitudeDeg: 13.4049876,
        latitudeDeg: 52.5166777,
        altitudeHaeM: 81.234,
        altitudeMslM: 42.011,
        horizontalAccuracyM: 1.25,
        verticalAccuracyM: undefined,
      },
    ],
    [
      'NAV-STATUS',
      0x0103,
      `${ITOW} 03 0d 00 48 10270000 a0860100`,
      {
        fixType: '3d',
        isFixOk: true,
        isDifferential: false,
        isWeekValid: true,
        isTowValid: true,
        spoofing: 'none',
        carrierSolution: 'float',
        timeToFirstFixMs: 10_000,
        uptimeMs: 100_000,
      },
    ],
    [
      'NAV-DOP',
      0x0104,
      `${ITOW} 6400 c800 2c01 9001 f401 5802 0f27`,
      { gdop: 1, pdop: 2, tdop: 3, vdop: 4, hdop: 5, ndop: 6, edop: 99.99 },
    ],
    [
      'NAV-SOL',
      0x0106,
      `${ITOW} 18fcffff 4209 03 0d 2ce29d16 e8030000 18fcffff fa000000 64000000 9cffffff 00000000 0c000000 7300 00 0b 00000000`,
      {
        fractionNs: -1000,
        week: 2370,
        isTowValid: true,
        fixType: '3d',
        isFixOk: true,
        ecefM: { x: 3_794_458.04, y: 10, z: -10 },
        positionAccuracyM: 2.5,
        ecefVelocityMps: { x: 1, y: -1, z: 0 },
        speedAccuracyMps: 0.12,
        pdop: 1.15,
        satellitesUsed: 11,
      },
    ],
    [
      'NAV-VELNED',
      0x0112,
      `${ITOW} 64000000 9cffffff 0a000000 96000000 8d000000 104cfeff 0c000000 d0dd0600`,
      {
        velocityNorthMps: 1,
        velocityEastMps: -1,
        velocityDownMps: 0.1,
        speed3dMps: 1.5,
        speedMps: 1.41,
        headingDeg: 358.884,
        speedAccuracyMps: 0.12,
        headingAccuracyDeg: 4.5,
      },
    ],
    [
      'NAV-TIMEGPS',
      0x0120,
      `${ITOW} 18fcffff 4209 12 07 19000000`,
      { fractionNs: -1000, week: 2370, leapSeconds: 18, isTowValid: true, timeAccuracyNs: 25 },
    ],
    [
      'NAV-TIMEUTC',
      0x0121,
      `${ITOW} 19000000 05e5f9ff ea07 0b 14 0b 00 04 07`,
      { dateUnixMs: Date.UTC(2026, 10, 20), timeOfDayMs: 39_604_000, isUtcValid: true, isTowValid: true },
    ],
    [
      'NAV-TIMELS',
      0x0126,
      `${ITOW} 00 000000 02 12 02 01 80510100 4209 0700 000000 03`,
      {
        leapSecondSource: 2,
        leapSeconds: 18,
        announcementSource: 2,
        announcedChangeS: 1,
        timeToChangeS: 86_400,
        changeWeek: 2370,
        changeDay: 7,
      },
    ],
    [
      'NAV-SVINFO',
      0x0130,
      `${ITOW} 01 03 0000 04 45 0d 07 29 2d 2c01 9cffffff`,
      {
        chipGeneration: 3,
        satellites: [
          {
            system: 'glonass',
            id: 69,
            channel: 4,
            signalDbHz: 41,
            elevationDeg: 45,
            azimuthDeg: 300,
            pseudorangeResidualM: -1,
            signalQuality: 7,
            isUsed: true,
            isUnhealthy: false,
            isDifferential: false,
            hasEphemeris: true,
          },
        ],
      },
    ],
    [
      'NAV-SAT',
      0x0135,
      `${ITOW} 01 02 0000 02 0b 29 2d 2c01 f6ff 5f180000 06 ff 00 a5 0000 0000 01000000`,
      {
        satellites: [
          {
            system: 'galileo',
            id: 11,
            signalDbHz: 41,
            elevationDeg: 45,
            azimuthDeg: 300,
            pseudorangeResidualM: -1,
            signalQuality: 7,
            isUsed: true,
            health: 'healthy',
            isDifferential: true,
            hasEphemeris: true,
            hasAlmanac: true,
          },
          {
            system: 'glonass',
            id: 255,
            signalDbHz: undefined,
            elevationDeg: undefined,
            azimuthDeg: undefined,
            pseudorangeResidualM: 0,
            signalQuality: 1,
            isUsed: false,
            health: 'unknown',
            isDifferential: false,
            hasEphemeris: false,
            hasAlmanac: false,
          },
        ],
      },
    ],
    [
      'ESF-STATUS',
      0x1010,
      `${ITOW} 02 4a 02 0000000000 01 0000 01 d1 0b 0a 0a`,
      {
        fusionMode: 'fusion',
        initialization: {
          wheelTicks: 'done',
          mounting: 'done',
          inertialNavigation: 'done',
          inertialSensor: 'done',
        },
        sensors: [
          {
            sensorType: 17,
            isUsed: true,
            isReady: true,
            calibration: 'fine',
            timing: 'onTimeTag',
            rateHz: 10,
            hasBadMeasurements: false,
            hasBadTimeTags: true,
            lacksMeasurements: false,
            isNoisy: true,
          },
        ],
      },
    ],
    [
      'MON-HW',
      0x0a09,
      `${'00'.repeat(16)} 5a00 b80b 03 01 0c 00 00000000 ${'00'.repeat(17)} 2a ${'00'.repeat(14)}`,
      { antenna: 'short', antennaPower: 'on', jamming: 'critical', jammingIndicator: 42, noisePerMs: 90, gain: 3000 },
    ],
    [
      'MON-HW',
      0x0a09,
      `${'00'.repeat(16)} 5a00 b80b 04 00 04 00 00000000 ${'00'.repeat(25)} 2a ${'00'.repeat(14)}`,
      { antenna: 'open', antennaPower: 'off', jamming: 'ok', jammingIndicator: 42, noisePerMs: 90, gain: 3000 },
    ],
    [
      'MON-RF',
      0x0a38,
      `00 01 0000 01 02 02 01 00000000 00000000 5a00 b80b 2a 00 00 00 00 000000`,
      {
        bands: [
          {
            blockId: 1,
            antenna: 'ok',
            antennaPower: 'on',
            jamming: 'warning',
            jammingIndicator: 42,
            noisePerMs: 90,
            gain: 3000,
          },
        ],
      },
    ],
    [
      'MON-VER',
      0x0a04,
      `${Buffer.from('EXT CORE 3.01 (111141)'.padEnd(30, '\0')).toString('hex')} ${Buffer.from('00080000\0\0').toString('hex')} ${Buffer.from('PROTVER=18.00'.padEnd(30, '\0')).toString('hex')}`,
      { softwareVersion: 'EXT CORE 3.01 (111141)', hardwareVersion: '00080000', extensions: ['PROTVER=18.00'] },
    ],
    [
      'CFG-VALSET',
      0x068a,
      '00 03 0000 01002130 c800 07009120 01 01005240 00c20100 040011d0 0100000000000080',
      {
        layers: ['ram', 'backup'],
        settings: [
          { key: 0x3021_0001, value: 200 },
          { key: 0x2091_0007, value: 1 },
          { key: 0x4052_0001, value: 115_200 },
          { key: 0xd011_0004, value: 1, upperValue: 0x8000_0000 },
        ],
      },
    ],
    ['CFG-MSG', 0x0601, '01 07 01', { messageClass: 0x01, messageId: 0x07, rates: [1] }],
    ['CFG-MSG', 0x0601, 'f0 04 000100000000', { messageClass: 0xf0, messageId: 0x04, rates: [0, 1, 0, 0, 0, 0] }],
    [
      'CFG-RATE',
      0x0608,
      'c800 0100 0100',
      { measurementIntervalMs: 200, measurementsPerSolution: 1, timeReference: 'gps' },
    ],
    ['ACK-ACK', 0x0501, '06 8a', { messageClass: 0x06, messageId: 0x8a }],
    ['ACK-NAK', 0x0500, '06 8a', { messageClass: 0x06, messageId: 0x8a }],
  ])('reads %s in SI units [u-blox interface description]', (type, key, hex, message) => {
    expect(decode(key, hex)).toMatchObject({ isDecoded: true, value: { type, ...message } });
  });

  it.each<[title: string, key: number, hex: string]>([
    ['NAV-SOL without a fix', 0x0106, `${ITOW} 00000000 4209 00 0d ${'11'.repeat(40)}`],
    ['NAV-SOL that is not vouched for', 0x0106, `${ITOW} 00000000 4209 03 0c ${'11'.repeat(40)}`],
    ['NAV-SOL with the time only', 0x0106, `${ITOW} 00000000 4209 05 0d ${'11'.repeat(40)}`],
  ])('%s has neither position nor velocity [S2]', (_title, key, hex) => {
    expect(decode(key, hex)).toMatchObject({ value: { ecefM: undefined, ecefVelocityMps: undefined } });
  });

  it.each<[title: string, key: number, hex: string, reason: string]>([
    ['NAV-POSECEF', 0x0101, '00'.repeat(19), 'wrong-length'],
    ['NAV-POSLLH', 0x0102, '00'.repeat(29), 'wrong-length'],
    ['NAV-POSLLH north of the pole', 0x0102, `${ITOW} 00000000 01e9a435 ${'00'.repeat(16)}`, 'out-of-range'],
    ['NAV-POSLLH east of the date line', 0x0102, `${ITOW} 01d2496b 00000000 ${'00'.repeat(16)}`, 'out-of-range'],
    ['NAV-STATUS', 0x0103, '00'.repeat(15), 'wrong-length'],
    ['NAV-DOP', 0x0104, '00'.repeat(20), 'wrong-length'],
    ['NAV-SOL', 0x0106, '00'.repeat(60), 'wrong-length'],
    ['NAV-VELNED', 0x0112, '00'.repeat(35), 'wrong-length'],
    ['NAV-TIMEGPS', 0x0120, '', 'wrong-length'],
    ['NAV-TIMEUTC', 0x0121, '00'.repeat(16), 'wrong-length'],
    ['NAV-TIMEUTC of the 32nd', 0x0121, `${'00'.repeat(12)} ea07 0b 20 00 00 00 04`, 'out-of-range'],
    ['NAV-TIMELS', 0x0126, '00'.repeat(23), 'wrong-length'],
    ['NAV-TIMELS of a later version', 0x0126, `${ITOW} 01 ${'00'.repeat(19)}`, 'wrong-version'],
    ['NAV-SVINFO that is cut', 0x0130, `${ITOW} 02 00 0000 ${'00'.repeat(12)}`, 'wrong-length'],
    ['NAV-SVINFO without a header', 0x0130, ITOW, 'wrong-length'],
    ['NAV-SAT that is cut', 0x0135, `${ITOW} 01 02 0000 ${'00'.repeat(12)}`, 'wrong-length'],
    ['NAV-SAT that is too long', 0x0135, `${ITOW} 01 01 0000 ${'00'.repeat(13)}`, 'wrong-length'],
    ['NAV-SAT without a header', 0x0135, ITOW, 'wrong-length'],
    ['NAV-SAT of a later version', 0x0135, `${ITOW} 02 00 0000`, 'wrong-version'],
    ['NAV-EOE', 0x0161, '00', 'wrong-length'],
    ['ESF-STATUS that is cut', 0x1010, `${ITOW} 02 ${'00'.repeat(10)} 01`, 'wrong-length'],
    ['ESF-STATUS of a later version', 0x1010, `${ITOW} 03 ${'00'.repeat(11)}`, 'wrong-version'],
    ['ESF-STATUS without a header', 0x1010, `${ITOW} 02`, 'wrong-length'],
    ['MON-HW', 0x0a09, '00'.repeat(61), 'wrong-length'],
    ['MON-RF that is cut', 0x0a38, `00 02 0000 ${'00'.repeat(24)}`, 'wrong-length'],
    ['MON-RF without a header', 0x0a38, '00', 'wrong-length'],
    ['MON-RF of a later version', 0x0a38, '01 00 0000', 'wrong-version'],
    ['MON-VER without a header', 0x0a04, '00'.repeat(10), 'wrong-length'],
    ['MON-VER that is cut', 0x0a04, '00'.repeat(41), 'wrong-length'],
    ['CFG-VALSET without a header', 0x068a, '00', 'wrong-length'],
    ['CFG-VALSET of a later version', 0x068a, '01 01 0000', 'wrong-version'],
    ['CFG-VALSET with a key that is cut', 0x068a, '00 01 0000 010021', 'wrong-length'],
    ['CFG-VALSET with a value that is cut', 0x068a, '00 01 0000 01002130 c8', 'wrong-length'],
    ['CFG-VALSET with a key without a size', 0x068a, '00 01 0000 01002100 c8', 'out-of-range'],
    ['CFG-VALSET with too many settings', 0x068a, `00 01 0000 ${'0700912001'.repeat(65)}`, 'out-of-range'],
    ['CFG-MSG', 0x0601, '0107', 'wrong-length'],
    ['CFG-MSG', 0x0601, '01070101', 'wrong-length'],
    ['CFG-RATE', 0x0608, 'c8000100', 'wrong-length'],
    ['ACK-ACK', 0x0501, '06', 'wrong-length'],
    ['ACK-NAK', 0x0500, '068a00', 'wrong-length'],
  ])('refuses %s', (_title, key, hex, reason) => {
    expect(decode(key, hex)).toEqual({ isDecoded: false, reason });
  });
});
