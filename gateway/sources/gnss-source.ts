import { GnssDecoder } from '#devices/gps/gnss-decoder.ts';
import type { GnssEpoch } from '#devices/gps/gnss-epoch.ts';
import type { Stamp } from '#gateway/model/message.ts';
import { type DeviceReader, openDeviceSource, type SendEvent } from './device-source.ts';
import { encodeGnssPosition } from './gnss-event.ts';
import type { Source, SourceContext } from './source.ts';

/** A satellite receiver on a serial port. */
export interface GnssDevice {
  readonly id: string;
  readonly path: string;
  /** Bits per second. */
  readonly baud: number;
}

/**
 * Publishes `devices/<id>/position`, one event for each epoch, with or without a fix. A position with a date tells the gateway the
 * time; that it is some tenths of a second old when it comes is how receivers are.
 */
export function openGnssSource({ id, path, baud }: GnssDevice, context: SourceContext): Source {
  const makeReader = (send: SendEvent) => readGnss(send, context.timekeeper);
  return openDeviceSource({ id, type: 'gnss', path, baud, makeReader }, context);
}

function readGnss(send: SendEvent, timekeeper: SourceContext['timekeeper']): DeviceReader {
  const decoder = new GnssDecoder();
  /** When the first bytes of the epoch under way came; it is given out at its end, or later. */
  let begun: { readonly timeOfDayMs: number | undefined; readonly arrival: Stamp } | undefined;
  const publish = (epochs: readonly GnssEpoch[], now: Stamp) => {
    for (const epoch of epochs) {
      const arrival = begun !== undefined && begun.timeOfDayMs === epoch.timeOfDayMs ? begun.arrival : now;
      if (epoch.unixMs !== undefined && epoch.mode !== 'none') timekeeper.anchor(epoch.unixMs, arrival);
      send('position', encodeGnssPosition(epoch, now));
    }
  };
  return {
    read(chunk) {
      const now = timekeeper.stamp();
      publish(decoder.push(chunk), now);
      const { timeOfDayMs } = decoder;
      if (begun?.timeOfDayMs !== timeOfDayMs) begun = { timeOfDayMs, arrival: now };
    },
    flush: () => publish(decoder.flush(), timekeeper.stamp()),
    rejections: () => decoder.rejections,
  };
}
