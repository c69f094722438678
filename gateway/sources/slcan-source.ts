import type { DbcDecoder } from '#devices/can/dbc/compile-dbc.ts';
import { AdapterClock } from '#devices/can/slcan/adapter-clock.ts';
import { encodeSlcanCommand, type SlcanBitrate, type SlcanCommand } from '#devices/can/slcan/slcan-command.ts';
import { SlcanParser } from '#devices/can/slcan/slcan-parser.ts';
import type { SlcanProfile } from '#gateway/model/status.ts';
import type { CanDevice, CanPipeline } from './can/can-pipeline.ts';
import { openSourcePipeline } from './can/open-source-pipeline.ts';
import { type DeviceReader, openDeviceSource } from './device-source.ts';
import { type SessionInput, SlcanSession } from './slcan-session.ts';
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
  /** What it is; `auto` unless stated: as it says. */
  readonly adapter?: 'auto' | Exclude<SlcanProfile, 'unknown'>;
}

/**
 * Publishes `devices/<id>/<message>` for each frame that one of the databases knows; the others are only counted.
 * Nothing that the adapter answers is waited for: many acknowledge nothing. What is said to it, `SlcanSession` knows.
 */
export function openSlcanSource(device: SlcanDevice, databases: readonly DbcDecoder[], context: SourceContext): Source {
  const { id, path, baud } = device;
  let pipeline: CanPipeline | undefined;
  let reader: SlcanReader | undefined;
  return openDeviceSource(
    {
      ...{ id, type: 'slcan', path, baud },
      // Silence is the session's business: only the first greeting of an opening says something.
      greeting: () => reader?.greet() ?? new Uint8Array(0),
      farewell: encodeSlcanCommand({ kind: 'close' }),
      makeReader(send, tellStatus, write) {
        pipeline ??= openSourcePipeline(device, databases, context, send);
        reader = new SlcanReader({ device, pipeline, context, tellStatus, write });
        return reader;
      },
    },
    context,
  );
}

interface SlcanReaderOptions {
  readonly device: SlcanDevice;
  readonly pipeline: CanPipeline;
  readonly context: Pick<SourceContext, 'clock' | 'memory'>;
  readonly tellStatus: () => void;
  readonly write: (bytes: Uint8Array) => void;
}

/** Drives the session of one opening of the port, and hands the frames on. */
class SlcanReader implements DeviceReader {
  readonly #options: SlcanReaderOptions;
  readonly #messages = { slcan: 0 };
  readonly #frameClock = new AdapterClock();
  readonly #parser: SlcanParser;
  #session: SlcanSession | undefined;
  #receivedBytes = 0;
  /** When the chunk that is being read came, by the monotonic clock. */
  #arrivalMs = 0;

  constructor(options: SlcanReaderOptions) {
    const { pipeline } = options;
    this.#options = options;
    this.#parser = new SlcanParser({
      onFrame: (frame) => {
        this.#messages.slcan++;
        const { timestampMs } = frame;
        if (timestampMs === undefined) pipeline.take(frame);
        else pipeline.take(frame, this.#frameClock.timeOf(timestampMs, this.#arrivalMs));
      },
      onAnswer: (answer) => this.#step({ kind: 'answer', answer }),
    });
    pipeline.begin();
  }

  /** What the adapter hears when its port was opened; afterwards nothing. */
  greet(): Uint8Array {
    if (this.#session !== undefined) return new Uint8Array(0);
    const { device, context } = this.#options;
    const { adapter: remembered } = context.memory.recall(device.id);
    const { adapter: configured = 'auto', bitrate, listenOnly, baud } = device;
    this.#session = new SlcanSession(
      {
        ...{ bitrate, listenOnly, baud },
        ...(configured === 'auto' ? {} : { configured }),
        ...(remembered === undefined ? {} : { remembered }),
      },
      context.clock.monotonicMs(),
    );
    return encodeAll(this.#session.open());
  }

  read(chunk: Uint8Array): void {
    this.#arrivalMs = this.#options.context.clock.monotonicMs();
    this.#receivedBytes += chunk.length;
    this.#parser.push(chunk);
  }

  /** Every frame ends with its own line: silence completes nothing. What is held back is given out by the next reader's begin. */
  flush(): void {}

  tick(): void {
    this.#step({ kind: 'tick', frameCount: this.#messages.slcan, receivedBytes: this.#receivedBytes });
    this.#options.pipeline.tick();
  }

  messages() {
    return this.#messages;
  }

  rejections() {
    return { ...this.#parser.rejections, ...this.#options.pipeline.rejections() };
  }

  can() {
    const busState = this.#session?.busState ?? 'unknown';
    const adapter = this.#session?.status();
    return { ...this.#options.pipeline.status(), busState, ...(adapter === undefined ? {} : { adapter }) };
  }

  #step(input: SessionInput): void {
    const session = this.#session;
    if (session === undefined) return;
    const { device, context, write, tellStatus } = this.#options;
    const { commands, isNews } = session.step(context.clock.monotonicMs(), input);
    if (commands.length > 0) write(encodeAll(commands));
    if (!isNews) return;
    const { profile, isCertain } = session.status();
    if (isCertain && profile !== 'unknown') context.memory.remember(device.id, { adapter: profile });
    tellStatus();
  }
}

function encodeAll(commands: readonly SlcanCommand[]): Uint8Array {
  return Buffer.concat(commands.map(encodeSlcanCommand));
}
