import type { DeviceSpec } from '#firmware-sim/simulated-device.ts';
import { CAN_SECTION } from './can-section.ts';
import type { DeviceSection } from './device-section.ts';
import { OBD_SECTION } from './obd-section.ts';
import { ObjectReader } from './object-reader.ts';

/** By the key of the file, in the order in which ports are listed. */
export const DEVICE_SECTIONS: Readonly<Record<DeviceSpec['kind'], DeviceSection>> = {
  can: CAN_SECTION,
  obd: OBD_SECTION,
};

/** The most devices of one kind on one vehicle. */
export const MAX_DEVICES = 8;

/**
 * Reads the sections of all kinds.
 *
 * @param read the file
 * @param problems is added to
 */
export function readDevices(read: ObjectReader, problems: string[]): readonly DeviceSpec[] {
  return Object.entries(DEVICE_SECTIONS).flatMap(([key, section]) => {
    const listed = read.raw(key);
    if (listed === undefined) return [];
    if (!Array.isArray(listed) || listed.length === 0 || listed.length > MAX_DEVICES) {
      problems.push(`${key}: an array of 1 to ${MAX_DEVICES} devices is expected`);
      return [];
    }
    return listed.map((entry, index) => {
      const reader = new ObjectReader(entry, `${key}[${index}]`, problems);
      const device = section.readDevice(reader);
      reader.finish();
      return device;
    });
  });
}
