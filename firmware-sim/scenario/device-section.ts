import type { DeviceSpec } from '#firmware-sim/simulated-device.ts';
import type { ObjectReader } from './object-reader.ts';
import type { DeviceFault, FaultReaders } from './step-section.ts';

/** A kind of device besides receivers: a section of the scenario, an array of such devices. */
export interface DeviceSection {
  /** Reads one entry; problems are with the reader. */
  readDevice(read: ObjectReader): DeviceSpec;
  /** What can go wrong with such a device, besides what can at every port. */
  readonly faults: FaultReaders<DeviceFault>;
}
