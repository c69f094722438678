import type { ReceiverSetup } from '#gateway/model/receiver-setup.ts';
import { type DeviceReader, openDeviceSource, type SerialDevice } from './device-source.ts';
import { GnssReader, type GnssReading } from './gnss-reader.ts';
import { ReceiverConfigurator } from './receiver-configurator.ts';
import type { Source, SourceContext } from './source.ts';

/** A satellite receiver on a serial port. */
export interface GnssDevice extends GnssReading {
  /** Bits per second; `auto` finds them. */
  readonly baud: number | 'auto';
  /** What it may speak. */
  readonly protocol?: 'auto' | 'nmea0183' | 'ubx';
  /** What the receiver is told; without it, nothing ever. */
  readonly configure?: ReceiverSetup | undefined;
}

/**
 * Publishes what a receiver says: see `gnss-reader.ts`. A valid fix with a date tells the gateway the time; that it is some tenths
 * of a second old when it comes is how receivers are.
 */
export function openGnssSource(device: GnssDevice, context: SourceContext): Source {
  const { id, path, baud, protocol = 'auto', configure } = device;
  const makeReader: SerialDevice['makeReader'] = (send, tellStatus, write) => {
    const reader = new GnssReader(device, send, tellStatus, context);
    if (configure === undefined) return reader;
    const { clock, logger } = context;
    return alsoHeard(reader, new ReceiverConfigurator(configure, { device: id, clock, logger, write }));
  };
  return openDeviceSource({ id, type: 'gnss', path, baud, protocol, makeReader }, context);
}

function alsoHeard(reader: GnssReader, configurator: ReceiverConfigurator): DeviceReader {
  return {
    read: (chunk) => {
      configurator.read(chunk);
      reader.read(chunk);
    },
    flush: () => reader.flush(),
    tick: () => configurator.tick(),
    messages: () => reader.messages(),
    rejections: () => reader.rejections(),
    receiver: () => reader.receiver(),
  };
}
