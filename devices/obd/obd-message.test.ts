import { describe, expect, it } from 'vitest';
import { decodeObdMessage } from './decode-obd-message.ts';
import { decodeDtc, encodeDtc } from './dtc.ts';
import { OBD_ALIASES, OBD_KEYS, OBD_PIDS } from './obd-pids.ts';
import { decodeQuantity, encodeQuantity, roundQuantity } from './obd-quantity.ts';
import { decodeSupportedPids, encodeSupportedPids } from './supported-pids.ts';
import { decodeVin, encodeVin } from './vin.ts';

const decode = (hex: string) => decodeObdMessage(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
const valuesOf = (hex: string) => {
  const message = decode(hex);
  if (!message.isDecoded || message.value.kind !== 'values') return message;
  return Object.assign({}, ...message.value.readings.map(({ values }) => values));
};

describe('service 01 [SAE J1979]', () => {
  it.each([
    ['41 04 80', { engineLoadPercent: (128 * 100) / 255 }],
    ['41 05 00', { coolantTemperatureC: -40 }],
    ['41 06 80', { shortTermFuelTrim1Percent: 0 }],
    ['41 09 ff', { longTermFuelTrim2Percent: 99.21875 }],
    ['41 0a ff', { fuelPressureKpa: 765 }],
    ['41 0c 1a f8', { engineSpeedRpm: 1726 }],
    ['41 0e 00', { timingAdvanceDeg: -64 }],
    ['41 10 ff ff', { massAirFlowGramsPerSecond: 655.35 }],
    ['41 14 5a 80', { oxygenSensor1VoltageV: 0.45, oxygenSensor1ShortTermFuelTrimPercent: 0 }],
    ['41 14 5a ff', { oxygenSensor1VoltageV: 0.45 }],
    ['41 22 00 01', { fuelRailPressureToVacuumKpa: 0.079 }],
    ['41 24 80 00 80 00', { oxygenSensor1Lambda: 1, oxygenSensor1WideVoltageV: 4 }],
    ['41 32 ff ff', { evaporativePressurePa: -0.25 }],
    ['41 34 80 00 80 00', { oxygenSensor1CurrentLambda: 1, oxygenSensor1CurrentMa: 0 }],
    ['41 3c 11 94', { catalystTemperatureBank1Sensor1C: 410 }],
    ['41 42 36 b0', { controlModuleVoltageV: 14 }],
    ['41 43 ff ff', { absoluteLoadPercent: 25_700 }],
    ['41 54 80 00', { wideEvaporativePressurePa: -32_768 }],
    ['41 5d 69 00', { injectionTimingDeg: 0 }],
    ['41 5e 00 14', { fuelRateLitresPerHour: 1 }],
    ['41 62 7d', { engineTorquePercent: 0 }],
    ['41 03 02 01', { fuelSystem1State: 2, fuelSystem2State: 1 }],
    ['41 0b 65', { intakePressureKpa: 101 }],
    ['41 0f 3c', { intakeTemperatureC: 20 }],
    ['41 11 ff', { throttlePositionPercent: 100 }],
    ['41 1f 01 02', { timeSinceEngineStartS: 258 }],
    ['41 21 01 00', { distanceWithMilKm: 256 }],
    ['41 23 01 00', { fuelRailGaugePressureKpa: 2560 }],
    ['41 2c ff', { commandedEgrPercent: 100 }],
    ['41 2d 00', { egrErrorPercent: -100 }],
    ['41 31 01 00', { distanceSinceCodesClearedKm: 256 }],
    ['41 33 65', { barometricPressureKpa: 101 }],
    ['41 44 80 00', { commandedLambda: 1 }],
    ['41 46 28', { ambientTemperatureC: 0 }],
    ['41 4d 01 00', { timeWithMilMin: 256 }],
    [
      '41 4f 01 02 03 04',
      {
        ...{ maximumLambda: 1, maximumOxygenSensorVoltageV: 2 },
        ...{ maximumOxygenSensorCurrentMa: 3, maximumIntakePressureKpa: 40 },
      },
    ],
    ['41 50 02 00 00 00', { maximumMassAirFlowGramsPerSecond: 20 }],
    ['41 53 4e 20', { absoluteEvaporativePressureKpa: 100 }],
    ['41 55 80 00', { secondaryShortTermFuelTrim1Percent: 0, secondaryShortTermFuelTrim3Percent: -100 }],
    ['41 59 01 00', { fuelRailPressureKpa: 2560 }],
    ['41 5c 7b', { oilTemperatureC: 83 }],
    ['41 63 01 90', { referenceTorqueNm: 400 }],
    [
      '41 64 7d 7e 7f 80 81',
      {
        torqueIdlePercent: 0,
        torquePoint1Percent: 1,
        torquePoint2Percent: 2,
        torquePoint3Percent: 3,
        torquePoint4Percent: 4,
      },
    ],
    ['41 66 03 00 40 00 80', { massAirFlowAGramsPerSecond: 2, massAirFlowBGramsPerSecond: 4 }],
    ['41 67 02 50 60', { coolantTemperature2C: 56 }],
    ['41 a6 00 01 e2 40', { odometerKm: 12_345.6 }],
    ['41 0c 1a f8 0d 32 05 7b', { engineSpeedRpm: 1726, speedKmh: 50, coolantTemperatureC: 83 }],
  ])('%s', (hex, values) => {
    expect(valuesOf(hex)).toEqual(values);
  });

  it('tells lamp, codes and tests [PID $01]', () => {
    const message = decode('41 01 82 07 65 04');
    expect(message).toMatchObject({
      value: {
        readings: [
          {
            monitors: {
              ...{ isMilOn: true, dtcCount: 2, ignition: 'spark' },
              completeness: {
                ...{ misfire: true, fuelSystem: true, components: true, catalyst: true },
                ...{ evaporativeSystem: false, oxygenSensor: true, oxygenSensorHeater: true },
              },
            },
          },
        ],
      },
    });
    expect(decode('41 41 00 0f 02 02')).toMatchObject({
      value: { readings: [{ monitors: { ignition: 'compression', completeness: { noxAftertreatment: false } } }] },
    });
  });

  it('has at least 90 parameters with a value, each quantity with a name of its own', () => {
    const rows = [...OBD_PIDS.values()].filter(({ quantities }) => quantities.length > 0);
    expect(rows.length).toBeGreaterThanOrEqual(90);
    const quantities = rows.flatMap((row) => row.quantities);
    expect(OBD_KEYS.size).toBe(quantities.length);
    expect(new Set(quantities.map(({ field }) => field)).size).toBe(quantities.length);
    for (const { quantities: some, sizeBytes } of rows)
      for (const { offset, sizeBytes: own } of some) expect(offset + own).toBeLessThanOrEqual(sizeBytes);
    for (const key of Object.values(OBD_ALIASES)) expect(OBD_KEYS.has(key)).toBe(true);
  });

  it('reads every raw number of one or two bytes as it was written, and apart when rounded', () => {
    const wrong: string[] = [];
    for (const { sizeBytes, quantities } of OBD_PIDS.values())
      for (const quantity of quantities) {
        const step = quantity.numerator / quantity.denominator;
        const count = Math.min(2 ** (8 * quantity.sizeBytes), 65_536);
        for (let index = 0; index < count; index += count > 256 ? 251 : 1) {
          const data = new Uint8Array(sizeBytes);
          const value = quantity.minimum + index * step;
          if (value > quantity.maximum) continue;
          const isWritten = encodeQuantity(quantity, value, data).isDecoded;
          const read = decodeQuantity(quantity, data);
          const isRead =
            read === undefined
              ? data[quantity.offset] === quantity.absentRaw
              : Math.abs(read - value) < step / 1000 && Math.abs(roundQuantity(quantity, read) - read) < step / 2;
          // An expectation for each would take longer than all the rest.
          if (!isWritten || !isRead) wrong.push(`${quantity.key} ${index}: ${read}`);
        }
        expect(encodeQuantity(quantity, quantity.maximum + step, new Uint8Array(sizeBytes)).isDecoded).toBe(false);
        expect(encodeQuantity(quantity, Number.NaN, new Uint8Array(sizeBytes)).isDecoded).toBe(false);
      }
    expect(wrong).toEqual([]);
  });
});

describe('bitmaps of parameters', () => {
  it('are read and written from the highest bit [SAE J1979, PID $00]', () => {
    expect(decodeSupportedPids(0, Uint8Array.of(0xbe, 0x1f, 0xa8, 0x13))).toEqual([
      1, 3, 4, 5, 6, 7, 0x0c, 0x0d, 0x0e, 0x0f, 0x10, 0x11, 0x13, 0x15, 0x1c, 0x1f, 0x20,
    ]);
    expect(encodeSupportedPids(0x40, [0x41, 0x60, 0x20, 0x61])).toEqual(Uint8Array.of(0x80, 0, 0, 1));
  });
});

describe('trouble codes [SAE J2012]', () => {
  it.each<[hex: string, dtcs: readonly string[] | undefined, what: string]>([
    ['43 02 03 01 44 20', ['P0301', 'C0420'], 'with a count'],
    ['43 03 01 81 23 00 00', ['P0301', 'B0123'], 'without one, filled up'],
    ['43 00', [], 'none, counted'],
    ['43 00 00 00 00 00 00', [], 'none, filled up'],
    ['43 01 c1 00 00 00', ['U0100'], 'counted, and filled up'],
    ['43 3f ff', undefined, 'nothing that fits'],
  ])('%s', (hex, dtcs) => {
    const message = decode(hex);
    if (dtcs === undefined) expect(message).toEqual({ isDecoded: false, reason: 'wrong-count' });
    else expect(message).toMatchObject({ value: { kind: 'dtcs', status: 'stored', dtcs } });
  });

  it('are written as they are read', () => {
    for (let raw = 1; raw < 65_536; raw += 13) {
      const code = decodeDtc(raw >> 8, raw & 0xff);
      expect(code).toMatch(/^[PCBU][0-3][0-9A-F]{3}$/);
      expect(encodeDtc(code ?? '')).toEqual([raw >> 8, raw & 0xff]);
    }
    for (const code of ['', 'P03', 'X0301', 'P4301', 'P03011', 'p0301']) expect(encodeDtc(code)).toBeUndefined();
  });
});

describe('service 09', () => {
  it.each([
    ['49 00 55 40 00 00', { supportedInfoTypes: [2, 4, 6, 8, 10] }],
    [`49 02 01 ${Buffer.from('1D4GP00R55B123456').toString('hex')}`, { vin: '1D4GP00R55B123456' }],
    [`49 02 01 000000 ${Buffer.from('1D4GP00R55B123456').toString('hex')}`, { vin: '1D4GP00R55B123456' }],
    [`49 04 01 ${Buffer.from('JMB*36761500').toString('hex')}00000000`, { calibrationIds: ['JMB*36761500'] }],
    ['49 06 02 1791BC82 16E062BE', { calibrationNumbers: ['1791BC82', '16E062BE'] }],
    [`49 0a 01 ${Buffer.from('ECM\0-EngineControl\0').toString('hex')}`, { ecuName: 'ECM-EngineControl' }],
  ])('%s', (hex, info) => {
    expect(decode(hex)).toMatchObject({ value: { kind: 'vehicle', info } });
  });

  it('takes numbers of vehicles both ways, and no others [ISO 3779]', () => {
    expect(decodeVin(encodeVin('WDB9634031L123456') ?? new Uint8Array())).toBe('WDB9634031L123456');
    for (const vin of ['WDB9634031L12345', 'WDB9634031L1234567', 'WDB9634O31L123456', 'wdb9634031l123456'])
      expect([encodeVin(vin), decodeVin(Buffer.from(vin))]).toEqual([undefined, undefined]);
  });
});

describe('refusals [ISO 14229-1, annex A]', () => {
  it.each([
    ['7f 09 78', { service: 0x09, code: 0x78, reason: 'responsePending', isPending: true }],
    ['7f 01 12', { service: 0x01, code: 0x12, reason: 'subFunctionNotSupported', isPending: false }],
    ['7f 04 22 00 00 00 00', { service: 0x04, code: 0x22, reason: 'conditionsNotCorrect', isPending: false }],
    ['7f 01 21', { service: 0x01, code: 0x21, reason: 'busyRepeatRequest', isPending: false }],
    ['7f 03 99', { service: 0x03, code: 0x99, isPending: false }],
  ])('%s', (hex, refusal) => {
    expect(decode(hex)).toEqual({ isDecoded: true, value: { kind: 'negative', ...refusal } });
  });
});

describe('bad messages', () => {
  it.each([
    ['nothing', '', 'empty'],
    ['an answer without a parameter', '41', 'short-data'],
    ['a parameter without data', '41 0c', 'short-data'],
    ['a parameter of which half is missing', '41 0c 1a', 'short-data'],
    ['a second parameter that is cut', '41 0d 32 0c 1a', 'short-data'],
    ['a freeze frame that is cut', '42 0c 00 1a', 'short-data'],
    ['codes without a word', '43', 'wrong-count'],
    ['fewer codes than are counted', '43 03 03 01', 'wrong-count'],
    ['more codes than are counted', '47 01 03 01 04 20', 'wrong-count'],
    ['half a code', '4a 02 03 01 04', 'wrong-count'],
    ['a refusal of nothing', '7f 01', 'short-refusal'],
    ['information without a type', '49', 'short-data'],
    ['a bitmap that is cut', '49 00 55 40', 'short-data'],
    ['a VIN that is cut', '49 02 01 57 44 42', 'bad-vin'],
    ['a VIN with other letters', `49 02 01 ${'49'.repeat(17)}`, 'bad-vin'],
    ['fewer identifications than are counted', '49 04 02 41 42', 'short-data'],
    ['an identification that is no text', `49 04 01 ${'07'.repeat(16)}`, 'bad-text'],
    ['check sums that are cut', '49 06 01 17 91', 'short-data'],
    ['a name that is no text', `49 0a 01 ${'ff'.repeat(20)}`, 'bad-text'],
  ])('%s', (_, hex, reason) => {
    expect(decode(hex)).toEqual({ isDecoded: false, reason });
  });
});
