import type { CanFrame } from '#devices/can/can-frame.ts';
import type { DbcDecoder } from '#devices/can/dbc/compile-dbc.ts';
import { SlcanParser } from '#devices/can/slcan.ts';
import { encodeSlcanCommand, type SlcanBitrate } from '#devices/can/slcan-command.ts';
import type { Stamp } from '#gateway/model/message.ts';
import { encodeCanMessage } from './can-event.ts';
import { type DeviceReader, openDeviceSource, type SendEvent } from './device-source.ts';
import type { Source, SourceContext } from './source.ts';

/** A CAN adapter that speaks SLCAN. */
export interface SlcanDevice {
  readonly id: string;
  readonly path: string;
  /** Bits per second of the serial line. */
  readonly baud: number;
  /** Bits per second of the bus. */
  readonly bitrate: SlcanBitrate;
  /** Silent on the bus; anything else must be asked for [S4]. */
  readonly listenOnly: boolean;
}

/**
 * Publishes `devices/<id>/<message>` for each frame that one of the databases knows; the others are only counted.
 * Nothing that the adapter answers is waited for: many acknowledge nothing.
 */
export function openSlcanSource(device: SlcanDevice, databases: readonly DbcDecoder[], context: SourceContext): Source {
  const { id, path, baud } = device;
  const makeReader = (send: SendEvent) => readSlcan(send, databases, () => context.timekeeper.stamp());
  const farewell = encodeSlcanCommand({ kind: 'close' });
  return openDeviceSource({ id, type: 'slcan', path, baud, greeting: greet(device), farewell, makeReader }, context);
}

/** What an adapter in any state needs to hear before it sends frames: end what it may have half received, close, set the rate, open. */
function greet({ bitrate, listenOnly }: SlcanDevice): Uint8Array {
  const flush = { kind: 'flush' } as const;
  const open = { kind: listenOnly ? 'listen' : 'open' } as const;
  const commands = [flush, flush, flush, { kind: 'close' }, { kind: 'bitrate', bitrate }, open] as const;
  return Buffer.concat(commands.map(encodeSlcanCommand));
}

function readSlcan(send: SendEvent, databases: readonly DbcDecoder[], stamp: () => Stamp): DeviceReader {
  const parser = new SlcanParser();
  const messages = { slcan: 0 };
  const ignored = { 'unknown-id': 0, 'remote-frame': 0 };
  const take = (frame: CanFrame) => {
    messages.slcan++;
    for (const database of databases) {
      const message = database.decode(frame);
      if (message !== undefined) return send(message.name, encodeCanMessage(message, stamp()));
    }
    ignored[frame.isRemote ? 'remote-frame' : 'unknown-id']++;
  };
  return {
    read(chunk) {
      for (const item of parser.push(chunk)) if (item.kind === 'frame') take(item.frame);
    },
    // Every frame ends with its own line: silence completes nothing.
    flush: () => {},
    messages: () => messages,
    rejections: () => ({ ...parser.rejections, ...ignored }),
  };
}
