import { openDeviceSource, type SendEvent } from './device-source.ts';
import { GnssReader, type GnssReading } from './gnss-reader.ts';
import type { Source, SourceContext } from './source.ts';

/** A satellite receiver on a serial port. */
export interface GnssDevice extends GnssReading {
  /** Bits per second; `auto` finds them. */
  readonly baud: number | 'auto';
  /** What it may speak. */
  readonly protocol?: 'auto' | 'nmea0183' | 'ubx';
}

/**
 * Publishes what a receiver says: see `gnss-reader.ts`. A valid fix with a date tells the gateway the time; that it is some tenths
 * of a second old when it comes is how receivers are.
 */
export function openGnssSource(device: GnssDevice, context: SourceContext): Source {
  const { id, path, baud, protocol = 'auto' } = device;
  const makeReader = (send: SendEvent, tellStatus: () => void) => new GnssReader(device, send, tellStatus, context);
  return openDeviceSource({ id, type: 'gnss', path, baud, protocol, makeReader }, context);
}
