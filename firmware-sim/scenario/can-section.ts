import { isSlcanBitrate, SLCAN_BITRATES, type SlcanBitrate } from '#devices/can/slcan/slcan-command.ts';
import { ADAPTER_KINDS, BUS_KINDS, type CanSpec, DEFAULT_CAN } from '#firmware-sim/can/can-spec.ts';
import { BAUD_RATES } from '#firmware-sim/receiver/receiver-spec.ts';
import type { DeviceSection } from './device-section.ts';
import { type ObjectReader, readPortName } from './object-reader.ts';

/** The section `can`: SLCAN adapters, each on a bus. */
export const CAN_SECTION: DeviceSection = {
  readDevice: readCan,
  faults: { busOff: (_read, port) => ({ do: 'busOff', port }) },
};

function readCan(read: ObjectReader): CanSpec {
  const baud = read.optional('baud', isBaud, `one of ${BAUD_RATES.join(', ')}`);
  return {
    kind: 'can',
    name: readPortName(read, DEFAULT_CAN.name),
    adapter: read.oneOf('adapter', ADAPTER_KINDS, DEFAULT_CAN.adapter) ?? DEFAULT_CAN.adapter,
    bus: read.oneOf('bus', BUS_KINDS, DEFAULT_CAN.bus) ?? DEFAULT_CAN.bus,
    bitrate: read.optional('bitrate', isBitrate, `one of ${SLCAN_BITRATES.join(', ')}`) ?? DEFAULT_CAN.bitrate,
    ...(baud === undefined ? {} : { baud }),
  };
}

function isBaud(value: unknown): value is number {
  return BAUD_RATES.some((known) => known === value);
}

function isBitrate(value: unknown): value is SlcanBitrate {
  return typeof value === 'number' && isSlcanBitrate(value);
}
