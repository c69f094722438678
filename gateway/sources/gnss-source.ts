import { GnssDecoder } from '#devices/gps/gnss-decoder.ts';
import type { GnssEpoch } from '#devices/gps/gnss-epoch.ts';
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

/** Publishes `devices/<id>/position`, one event for each epoch, with or without a fix. */
export function openGnssSource({ id, path, baud }: GnssDevice, context: SourceContext): Source {
  const { clock, clockRun } = context;
  return openDeviceSource(
    { id, type: 'gnss', path, baud, makeReader: (send) => readGnss(send, clockRun, () => clock.monotonicMs()) },
    context,
  );
}

function readGnss(send: SendEvent, boot: string, monotonicMs: () => number): DeviceReader {
  const decoder = new GnssDecoder();
  const publish = (epochs: readonly GnssEpoch[]) => {
    for (const epoch of epochs) send('position', encodeGnssPosition(epoch, { boot, monotonicMs: monotonicMs() }));
  };
  return {
    read: (chunk) => publish(decoder.push(chunk)),
    flush: () => publish(decoder.flush()),
    rejections: () => decoder.rejections,
  };
}
