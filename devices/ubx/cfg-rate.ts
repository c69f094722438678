import { type Decoded, decoded, rejected } from '#devices/decoded.ts';
import { nameAt } from './payload-field.ts';
import type { UbxRejection } from './ubx-rejection.ts';

/** UBX-CFG-RATE, how often a receiver up to generation 8 measures and states its position. */
export interface CfgRate {
  readonly type: 'CFG-RATE';
  readonly measurementIntervalMs: number;
  /** 1 unless several measurements make one solution. */
  readonly measurementsPerSolution: number;
  /** Whose full second measurements are aligned to. */
  readonly timeReference: 'utc' | 'gps' | 'glonass' | 'beidou' | 'galileo';
}

/** @see u-blox M8 interface description, UBX-CFG-RATE (06 08) */
export function decodeCfgRate(payload: DataView): Decoded<CfgRate, UbxRejection> {
  if (payload.byteLength !== PAYLOAD_BYTES) return rejected('wrong-length');
  return decoded({
    type: 'CFG-RATE',
    measurementIntervalMs: payload.getUint16(0, true),
    measurementsPerSolution: payload.getUint16(2, true),
    timeReference: nameAt(TIME_REFERENCES, payload.getUint16(4, true), 'utc'),
  });
}

/** The inverse of {@link decodeCfgRate}. */
export function encodeCfgRate(message: CfgRate): DataView {
  const payload = new DataView(new ArrayBuffer(PAYLOAD_BYTES));
  payload.setUint16(0, message.measurementIntervalMs, true);
  payload.setUint16(2, message.measurementsPerSolution, true);
  payload.setUint16(4, TIME_REFERENCES.indexOf(message.timeReference), true);
  return payload;
}

const TIME_REFERENCES = ['utc', 'gps', 'glonass', 'beidou', 'galileo'] as const;
const PAYLOAD_BYTES = 6;
