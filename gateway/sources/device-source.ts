import { encodeEvent, stampedTime } from '#gateway/model/event-payload.ts';
import type { Stamp } from '#gateway/model/message.ts';
import type { ObdStatus } from '#gateway/model/obd-status.ts';
import type { CanStatus, ReceiverStatus, SourceStatus } from '#gateway/model/status.ts';
import { type Counts, sumCounts } from '#gateway/model/sum-counts.ts';
import { wait } from '#gateway/runtime/clock.ts';
import { BaudFinder } from './baud-finder.ts';
import type { BaudHabits } from './baud-search.ts';
import { EventOutlet } from './event-outlet.ts';
import { SerialPort, type SerialPortOptions, type SerialPortState } from './serial-port.ts';
import type { Source, SourceContext } from './source.ts';

/** What one kind of device does with its bytes; made anew for each opening of the port, so that nothing outlives an unplug. */
export interface DeviceReader {
  read(chunk: Uint8Array): void;
  /** The device pauses or is gone: gives out what is complete enough. */
  flush(): void;
  /** Twice a second: time has passed. */
  tick?(): void;
  /** What came whole so far, by protocol. */
  messages(): Readonly<Record<string, number>>;
  /** What was refused so far, by reason. */
  rejections(): Readonly<Record<string, number>>;
  /** What a satellite receiver says of itself. */
  receiver?(): ReceiverStatus;
  /** What became of the frames of a bus. */
  can?(): CanStatus;
  /** What an adapter for on-board diagnostics found. */
  obd?(): ObdStatus;
  /** The port is closed: no timer of its own may go on. */
  close?(): void;
}

/** Publishes one event of the device under its topic `devices/<id>/<name>`. */
export type SendEvent = (name: string, payload: Uint8Array) => void;

/** A device on a serial port. */
export interface SerialDevice extends Pick<SerialPortOptions, 'path' | 'greeting' | 'farewell'> {
  readonly id: string;
  readonly type: string;
  /** Bits per second; `auto` finds them by what the device says; absent where there is no such rate. */
  readonly baud?: number | 'auto';
  /** Where it is `auto`: those of satellite receivers unless stated. */
  readonly baudHabits?: BaudHabits;
  /** Whose messages prove that they are found; `auto` unless stated: any. */
  readonly protocol?: string;
  /**
   * @param tellStatus publishes the status of the device now
   * @param write says something to the device, if its port is open
   */
  makeReader(send: SendEvent, tellStatus: () => void, write: (bytes: Uint8Array) => void): DeviceReader;
}

/** How long closing waits for the answers to what was published. */
export const CLOSE_TIMEOUT_MS = 5000;
/** How often at least the retained status is published while bytes come; a change of state is told at once. */
export const STATUS_INTERVAL_MS = 60_000;

/** Joins a port, a reader and an outlet, and begins to open the port. */
export function openDeviceSource(device: SerialDevice, context: SourceContext): Source {
  const source = new DeviceSource(device, context);
  source.start();
  return source;
}

class DeviceSource implements Source {
  readonly #device: SerialDevice;
  readonly #context: SourceContext;
  readonly #outlet: EventOutlet;
  readonly #port: SerialPort;
  /** Absent where the rate is configured. */
  readonly #finder: BaudFinder | undefined;
  #reader: DeviceReader;
  /** Of earlier openings. */
  #past: Pick<SourceStatus, 'messages' | 'rejections'> = { messages: {}, rejections: {} };
  /** That the reader of this opening had taken by the last chunk, of the protocol that is expected. */
  #messageCount = 0;
  #lastMessage: Stamp | undefined;
  #told = { monotonicMs: Number.NEGATIVE_INFINITY, receivedBytes: 0 };

  constructor(device: SerialDevice, context: SourceContext) {
    const { path, baud, greeting, farewell } = device;
    const { openLink, clock, random } = context;
    this.#device = device;
    this.#context = context;
    this.#outlet = new EventOutlet(context.publisher, device.id, (isHeld) => this.#port.hold(isHeld));
    this.#reader = this.#makeReader();
    this.#finder = baud === 'auto' ? this.#makeFinder() : undefined;
    this.#port = new SerialPort({
      ...{ path, openLink, clock, random },
      ...(greeting === undefined ? {} : { greeting }),
      ...(farewell === undefined ? {} : { farewell }),
      chooseBaud: () => (baud === 'auto' ? (this.#finder?.begin() ?? 0) : (baud ?? 0)),
      onBytes: (chunk) => this.#take(chunk),
      onQuiet: () => this.#reader.flush(),
      onTick: () => this.#tick(),
      onClosed: () => this.#startAnew(),
      onStateChange: (state) => this.#report(state),
    });
  }

  start(): void {
    this.#port.start();
  }

  status(): SourceStatus {
    const { id, type, path, baud: configured } = this.#device;
    const { state, receivedBytes, reopenCount, path: openPath } = this.#port;
    const { publishedCount, refusedCount } = this.#outlet;
    const lastError = this.#port.lastError ?? this.#finder?.lastError;
    const baud = configured === 'auto' ? this.#finder?.found : configured;
    const lastMs = this.#lastMessage?.monotonicMs;
    const receiver = this.#reader.receiver?.();
    const can = this.#reader.can?.();
    const obd = this.#reader.obd?.();
    return {
      ...{ id, type, path },
      ...(openPath === path ? {} : { openPath }),
      state,
      ...(baud === undefined ? {} : { baud }),
      ...(lastError === undefined ? {} : { lastError }),
      receivedBytes,
      messages: sumCounts(this.#past.messages, this.#reader.messages()),
      ...(lastMs === undefined ? {} : { lastMessageAgeMs: Math.round(this.#context.clock.monotonicMs() - lastMs) }),
      ...{ publishedCount, refusedCount, reopenCount },
      rejections: sumCounts(this.#past.rejections, this.#reader.rejections()),
      ...(receiver === undefined ? {} : { receiver }),
      ...(can === undefined ? {} : { can }),
      ...(obd === undefined ? {} : { obd }),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#port[Symbol.asyncDispose]();
    await Promise.race([this.#outlet.idle(), wait(this.#context.clock, CLOSE_TIMEOUT_MS)]);
  }

  #makeReader(): DeviceReader {
    return this.#device.makeReader(
      (name, payload) => this.#outlet.sendEvent(name, payload),
      () => this.#publishStatus(),
      (bytes) => this.#port.write(bytes),
    );
  }

  #makeFinder(): BaudFinder {
    const { id, path, baudHabits } = this.#device;
    const { clock, memory, logger } = this.#context;
    const { baud: remembered } = memory.recall(id);
    return new BaudFinder({
      ...{ path, clock },
      ...(remembered === undefined ? {} : { remembered }),
      ...(baudHabits === undefined ? {} : { habits: baudHabits }),
      setBaud: (baud) => this.#port.setBaud(baud),
      onChange: (baud) => {
        if (baud === undefined) logger.info({ device: id, path }, 'No message comes; the rate is looked for again.');
        else logger.info({ device: id, path, baud }, 'The rate is found.');
        if (baud !== undefined) memory.remember(id, { baud });
        this.#publishStatus();
      },
    });
  }

  #take(chunk: Uint8Array): void {
    this.#context.taps?.noteBytes(this.#device.id, chunk);
    this.#reader.read(chunk);
    const { protocol = 'auto' } = this.#device;
    const counts = this.#reader.messages();
    const count = protocol === 'auto' ? total(counts) : (counts[protocol] ?? 0);
    const newCount = count - this.#messageCount;
    this.#messageCount = count;
    if (newCount > 0) this.#lastMessage = this.#context.timekeeper.stamp();
    this.#finder?.hear(chunk.length, newCount);
  }

  #tick(): void {
    this.#finder?.hear(0, 0);
    this.#reader.tick?.();
    const { monotonicMs, receivedBytes } = this.#told;
    const isDue = this.#context.clock.monotonicMs() - monotonicMs >= STATUS_INTERVAL_MS;
    if (isDue && this.#port.receivedBytes > receivedBytes) this.#publishStatus();
  }

  #startAnew(): void {
    this.#reader.flush();
    this.#reader.close?.();
    const { messages, rejections } = this.#past;
    this.#past = {
      messages: sumCounts(messages, this.#reader.messages()),
      rejections: sumCounts(rejections, this.#reader.rejections()),
    };
    this.#reader = this.#makeReader();
    this.#messageCount = 0;
    this.#finder?.begin();
  }

  #report(state: SerialPortState): void {
    this.#publishStatus();
    const { id, type, path, openPath, lastError } = this.status();
    const { logger } = this.#context;
    const error = lastError === undefined ? {} : { lastError };
    const fields = { device: id, type, path, ...(openPath === undefined ? {} : { openPath }), ...error };
    if (state === 'silent') logger.warn(fields, 'The device is silent.');
    else if (state !== 'open') logger.warn(fields, 'The device cannot be read; it is tried again.');
    else if (openPath === undefined) logger.info(fields, 'The device is open.');
    else logger.warn(fields, 'The device is open by the socket it was seen in last: the configured path is gone.');
  }

  #publishStatus(): void {
    const { timekeeper, clock } = this.#context;
    const { id: _, type: __, lastMessageAgeMs: ___, ...data } = this.status();
    const lastMessage = this.#lastMessage === undefined ? {} : { lastMessage: stampedTime(this.#lastMessage) };
    this.#told = { monotonicMs: clock.monotonicMs(), receivedBytes: data.receivedBytes };
    this.#outlet.sendStatus(encodeEvent('device.status', stampedTime(timekeeper.stamp()), { ...data, ...lastMessage }));
  }
}

function total(counts: Counts): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
