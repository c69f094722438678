import type { DbcDecoder } from '#devices/can/dbc/compile-dbc.ts';
import { encodeSlcanCommand, type SlcanBitrate } from '#devices/can/slcan/slcan-command.ts';
import { SlcanParser } from '#devices/can/slcan/slcan-parser.ts';
import { type CanDevice, type CanPipeline, openCanPipeline } from './can/can-pipeline.ts';
import { type DeviceReader, openDeviceSource, type SendEvent } from './device-source.ts';
import type { Source, SourceContext } from './source.ts';

/** A CAN adapter that speaks SLCAN. */
export interface SlcanDevice extends CanDevice {
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
  const { clock, timekeeper } = context;
  let send: SendEvent = () => {};
  const pipeline = openCanPipeline({
    ...{ device, databases, clock },
    send: (name, payload) => send(name, payload),
    stamp: () => timekeeper.stamp(),
  });
  const makeReader = (sendEvent: SendEvent) => {
    send = sendEvent;
    return readSlcan(pipeline);
  };
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

function readSlcan(pipeline: CanPipeline): DeviceReader {
  const messages = { slcan: 0 };
  const parser = new SlcanParser({
    onFrame: (frame) => {
      messages.slcan++;
      pipeline.take(frame);
    },
  });
  pipeline.begin();
  return {
    read: (chunk) => parser.push(chunk),
    // Every frame ends with its own line: silence completes nothing. What is held back is given out by the next reader's begin.
    flush: () => {},
    tick: () => pipeline.tick(),
    messages: () => messages,
    rejections: () => ({ ...parser.rejections, ...pipeline.rejections() }),
    can: () => pipeline.status(),
  };
}
