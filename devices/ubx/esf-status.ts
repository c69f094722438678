import { type Decoded, decoded, rejected } from '#devices/decoded.ts';
import { hasBit, nameAt, packBits } from './payload-field.ts';
import type { UbxRejection } from './ubx-rejection.ts';

/** UBX-ESF-STATUS, whether a dead reckoning receiver has its sensors fused, and how each fares. */
export interface EsfStatus {
  readonly type: 'ESF-STATUS';
  readonly itowMs: number;
  /** `initializing` until enough has been driven; only `fusion` bridges a tunnel. */
  readonly fusionMode: 'initializing' | 'fusion' | 'suspended' | 'disabled';
  /** Of the wheel ticks, the mounting alignment, the inertial navigation and the inertial sensor. */
  readonly initialization: EsfInitialization;
  readonly sensors: readonly EsfSensor[];
}

/** How far the parts have been initialised. */
export interface EsfInitialization {
  readonly wheelTicks: EsfProgress;
  readonly mounting: EsfProgress;
  readonly inertialNavigation: EsfProgress;
  readonly inertialSensor: EsfProgress;
}

/** Progress of one part; `off` where the receiver has no such part. */
export type EsfProgress = 'off' | 'initializing' | 'done' | 'coarse';

/** A sensor of {@link EsfStatus}. */
export interface EsfSensor {
  /** 5 gyroscope z, 8 to 9 wheel ticks rear, 10 single tick, 11 speed, 13 and 14 gyroscope y and x, 16 to 18 accelerometer x, y, z. */
  readonly sensorType: number;
  readonly isUsed: boolean;
  readonly isReady: boolean;
  readonly calibration: 'none' | 'calibrating' | 'coarse' | 'fine';
  readonly timing: 'none' | 'onReception' | 'onTimeTag' | 'dataReady';
  readonly rateHz: number;
  readonly hasBadMeasurements: boolean;
  readonly hasBadTimeTags: boolean;
  readonly lacksMeasurements: boolean;
  readonly isNoisy: boolean;
}

/**
 * ```text
 *  0     4        5            6            7         12          13        15       16 + 4 n:  0        1        2     3
 *  iTOW  version  initStatus1  initStatus2  reserved  fusionMode  reserved  numSens             status1  status2  freq  faults
 * ```
 * @see u-blox F9 and M8 interface descriptions, UBX-ESF-STATUS (10 10)
 */
export function decodeEsfStatus(payload: DataView): Decoded<EsfStatus, UbxRejection> {
  if (payload.byteLength < HEADER_BYTES) return rejected('wrong-length');
  if (payload.getUint8(4) !== VERSION) return rejected('wrong-version');
  const count = payload.getUint8(15);
  if (payload.byteLength !== HEADER_BYTES + count * BLOCK_BYTES) return rejected('wrong-length');
  const initStatus1 = payload.getUint8(5);
  return decoded({
    type: 'ESF-STATUS',
    itowMs: payload.getUint32(0, true),
    fusionMode: nameAt(FUSION_MODES, payload.getUint8(12), 'disabled'),
    initialization: {
      wheelTicks: nameAt(PROGRESSES, initStatus1 & 0x03, 'off'),
      mounting: nameAt(PROGRESSES, (initStatus1 >> 2) & 0x07, 'off'),
      inertialNavigation: nameAt(PROGRESSES, (initStatus1 >> 5) & 0x03, 'off'),
      inertialSensor: nameAt(PROGRESSES, payload.getUint8(6) & 0x03, 'off'),
    },
    sensors: Array.from({ length: count }, (_, index) => readSensor(payload, HEADER_BYTES + index * BLOCK_BYTES)),
  });
}

/** The inverse of {@link decodeEsfStatus}; at most 255 sensors. */
export function encodeEsfStatus(message: EsfStatus): DataView {
  const sensors = message.sensors.slice(0, MAX_SENSORS);
  const { wheelTicks, mounting, inertialNavigation, inertialSensor } = message.initialization;
  const payload = new DataView(new ArrayBuffer(HEADER_BYTES + sensors.length * BLOCK_BYTES));
  payload.setUint32(0, message.itowMs, true);
  payload.setUint8(4, VERSION);
  payload.setUint8(
    5,
    PROGRESSES.indexOf(wheelTicks) |
      (PROGRESSES.indexOf(mounting) << 2) |
      (PROGRESSES.indexOf(inertialNavigation) << 5),
  );
  payload.setUint8(6, PROGRESSES.indexOf(inertialSensor));
  payload.setUint8(12, FUSION_MODES.indexOf(message.fusionMode));
  payload.setUint8(15, sensors.length);
  for (const [index, sensor] of sensors.entries()) writeSensor(payload, HEADER_BYTES + index * BLOCK_BYTES, sensor);
  return payload;
}

function readSensor(payload: DataView, offset: number): EsfSensor {
  const status1 = payload.getUint8(offset);
  const status2 = payload.getUint8(offset + 1);
  const faults = payload.getUint8(offset + 3);
  return {
    sensorType: status1 & 0x3f,
    isUsed: hasBit(status1, 6),
    isReady: hasBit(status1, 7),
    calibration: nameAt(CALIBRATIONS, status2 & 0x03, 'none'),
    timing: nameAt(TIMINGS, (status2 >> 2) & 0x03, 'none'),
    rateHz: payload.getUint8(offset + 2),
    hasBadMeasurements: hasBit(faults, 0),
    hasBadTimeTags: hasBit(faults, 1),
    lacksMeasurements: hasBit(faults, 2),
    isNoisy: hasBit(faults, 3),
  };
}

function writeSensor(payload: DataView, offset: number, sensor: EsfSensor): void {
  const { hasBadMeasurements, hasBadTimeTags, lacksMeasurements, isNoisy } = sensor;
  payload.setUint8(offset, sensor.sensorType | (packBits(sensor.isUsed, sensor.isReady) << 6));
  payload.setUint8(offset + 1, CALIBRATIONS.indexOf(sensor.calibration) | (TIMINGS.indexOf(sensor.timing) << 2));
  payload.setUint8(offset + 2, sensor.rateHz);
  payload.setUint8(offset + 3, packBits(hasBadMeasurements, hasBadTimeTags, lacksMeasurements, isNoisy));
}

const FUSION_MODES = ['initializing', 'fusion', 'suspended', 'disabled'] as const;
const PROGRESSES = ['off', 'initializing', 'done', 'coarse'] as const satisfies readonly EsfProgress[];
const CALIBRATIONS = ['none', 'calibrating', 'coarse', 'fine'] as const;
const TIMINGS = ['none', 'onReception', 'onTimeTag', 'dataReady'] as const;
const VERSION = 2;
const HEADER_BYTES = 16;
const BLOCK_BYTES = 4;
const MAX_SENSORS = 0xff;
