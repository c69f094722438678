import type { EcuSpec } from './obd-ecu.ts';

/** The most control units that a vehicle has. */
export const MAX_ECUS = 3;

/** Engine, transmission and brakes: each has some parameters, speed they all have, and only the engine knows who it is in. */
export function ecusOf(count: number, vin: string): readonly EcuSpec[] {
  const [engine, ...others] = ECUS.slice(0, count);
  return engine === undefined ? [] : [{ ...engine, vin }, ...others];
}

const ECUS: readonly EcuSpec[] = [
  {
    index: 0,
    address: 0x10,
    padding: 0x00,
    pids: [
      ...[0x01, 0x03, 0x04, 0x05, 0x06, 0x07, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 0x10, 0x11, 0x13, 0x1c, 0x1f],
      ...[0x21, 0x2f, 0x30, 0x31, 0x33],
      ...[0x42, 0x46, 0x49, 0x51, 0x5c, 0x5e],
      ...[0xa6],
    ],
  },
  { index: 1, address: 0x18, padding: 0xaa, pids: [0x01, 0x0d, 0x1c] },
  { index: 2, address: 0x28, padding: 0x55, pids: [0x0d, 0x1c, 0x42] },
];
