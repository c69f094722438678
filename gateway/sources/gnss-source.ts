import { GnssDecoder } from '#devices/gps/gnss-decoder.ts';
import type { GnssEpoch } from '#devices/gps/gnss-epoch.ts';
import type { GnssReport } from '#gateway/model/gnss-report.ts';
import type { Stamp } from '#gateway/model/message.ts';
import { type DeviceReader, openDeviceSource, type SendEvent } from './device-source.ts';
import { encodeGnssPosition } from './gnss-event.ts';
import type { Source, SourceContext } from './source.ts';

/** A satellite receiver on a serial port. */
export interface GnssDevice {
  readonly id: string;
  readonly path: string;
  /** Bits per second; `auto` finds them. */
  readonly baud: number | 'auto';
  /** What it may speak. */
  readonly protocol?: 'auto' | 'nmea0183' | 'ubx';
}

/**
 * Publishes `devices/<id>/position`, one event for each epoch, with or without a fix, and reports each to the gateway. A position with
 * a date tells it the time; that it is some tenths of a second old when it comes is how receivers are.
 */
export function openGnssSource(device: GnssDevice, context: SourceContext): Source {
  const { id, path, baud, protocol = 'auto' } = device;
  const makeReader = (send: SendEvent) => readGnss({ device: id, path }, send, context);
  return openDeviceSource({ id, type: 'gnss', path, baud, protocol, makeReader }, context);
}

function readGnss(
  origin: Pick<GnssReport, 'device' | 'path'>,
  send: SendEvent,
  { timekeeper, reportGnss }: Pick<SourceContext, 'timekeeper' | 'reportGnss'>,
): DeviceReader {
  const decoder = new GnssDecoder();
  /** When the first bytes of the epoch under way came; it is given out at its end, or later. */
  let begun: { readonly timeOfDayMs: number | undefined; readonly arrival: Stamp } | undefined;
  const publish = (epochs: readonly GnssEpoch[], now: Stamp) => {
    for (const epoch of epochs) {
      const arrival = begun !== undefined && begun.timeOfDayMs === epoch.timeOfDayMs ? begun.arrival : now;
      reportGnss({ ...origin, epoch, arrival, ...judge(epoch) });
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
    messages: () => decoder.messageCounts,
    rejections: () => decoder.rejections,
  };
}

function judge({ mode, unixMs, isTimeResolved }: GnssEpoch): Pick<GnssReport, 'isGood' | 'trustedUnixMs'> {
  const isGood = mode !== 'none';
  if (!isGood || unixMs === undefined || isTimeResolved === false) return { isGood };
  return { isGood, trustedUnixMs: unixMs };
}
