import { busStateOf, CAN_CONTROLLER_FLAGS, CAN_ERROR_CLASSES, type CanBusState } from '#devices/can/can-error-frame.ts';
import type { DbcDecoder } from '#devices/can/dbc/compile-dbc.ts';
import { CanLogReader } from '#devices/can/log/can-log-reader.ts';
import type { CanLogRecord } from '#devices/can/log/can-log-record.ts';
import { parseCandumpError } from '#devices/can/log/candump.ts';
import { AdapterClock } from '#devices/can/slcan/adapter-clock.ts';
import type { Clock } from '#gateway/runtime/clock.ts';
import type { CanDevice, CanPipeline } from './can/can-pipeline.ts';
import { openSourcePipeline } from './can/open-source-pipeline.ts';
import { type DeviceReader, openDeviceSource } from './device-source.ts';
import { NEWS_INTERVAL_MS } from './slcan-session.ts';
import type { Source, SourceContext } from './source.ts';

/** A CAN interface of the Linux kernel. */
export interface SocketCanDevice extends CanDevice {
  /** Its name: `can0`. Bit rate and listen-only mode are set where it is brought up. */
  readonly interface: string;
}

/** Publishes what comes over the interface, as `openSlcanSource` does; `context.openLink` gives the output of candump. */
export function openSocketCanSource(
  device: SocketCanDevice,
  databases: readonly DbcDecoder[],
  context: SourceContext,
): Source {
  let pipeline: CanPipeline | undefined;
  return openDeviceSource(
    {
      ...{ id: device.id, type: 'socketcan', path: device.interface },
      makeReader(send, tellStatus) {
        pipeline ??= openSourcePipeline(device, databases, context, send);
        return new SocketCanReader(pipeline, context.clock, tellStatus);
      },
    },
    context,
  );
}

/** Reads what one candump prints. */
class SocketCanReader implements DeviceReader {
  readonly #pipeline: CanPipeline;
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #tellStatus: () => void;
  /** The host's own date stands in the log: it may be set meanwhile. */
  readonly #frameClock = new AdapterClock();
  readonly #log: CanLogReader;
  readonly #messages = { socketcan: 0 };
  readonly #counts = { errorFrameCount: 0, busErrorCount: 0, busOffCount: 0, overflowCount: 0, droppedCount: 0 };
  #busState: CanBusState = 'unknown';
  #arrivalMs = 0;
  #noticeCount = 0;
  #isNewsPending = false;
  #toldMs = Number.NEGATIVE_INFINITY;

  constructor(pipeline: CanPipeline, clock: Pick<Clock, 'monotonicMs'>, tellStatus: () => void) {
    this.#pipeline = pipeline;
    this.#clock = clock;
    this.#tellStatus = tellStatus;
    this.#log = new CanLogReader(
      { onRecord: (record) => this.#take(record), onRefused: (line) => this.#note(line) },
      'candump',
    );
    pipeline.begin();
  }

  read(chunk: Uint8Array): void {
    this.#arrivalMs = this.#clock.monotonicMs();
    this.#log.push(chunk);
  }

  /** Every frame ends with its own line: silence completes nothing. */
  flush(): void {}

  tick(): void {
    this.#pipeline.tick();
    this.#tellNews();
  }

  messages() {
    return this.#messages;
  }

  rejections() {
    const { 'not-a-record': unknownCount = 0, ...others } = this.#log.rejections;
    return { ...others, 'not-a-record': unknownCount - this.#noticeCount, ...this.#pipeline.rejections() };
  }

  can() {
    return { ...this.#pipeline.status(), busState: this.#busState, controller: this.#counts };
  }

  #take({ frame, timeMs = 0 }: CanLogRecord): void {
    this.#messages.socketcan++;
    // Whoever hears frames is not off the bus.
    if (this.#busState === 'busOff') this.#changeState('active');
    this.#pipeline.take(frame, this.#frameClock.timeOf(timeMs, this.#arrivalMs));
  }

  #note(line: string): void {
    const [, dropped] = DROPPED.exec(line) ?? [];
    if (dropped !== undefined) {
      this.#noticeCount++;
      this.#counts.droppedCount += Number(dropped);
      return;
    }
    const error = parseCandumpError(line);
    if (error === undefined) return;
    const { controller, busError, busOff } = CAN_ERROR_CLASSES;
    const { receiveOverflow, transmitOverflow } = CAN_CONTROLLER_FLAGS;
    const overflow = (error.data[1] ?? 0) & (receiveOverflow | transmitOverflow);
    this.#counts.errorFrameCount++;
    if ((error.classes & busError) !== 0) this.#counts.busErrorCount++;
    if ((error.classes & busOff) !== 0) this.#counts.busOffCount++;
    if ((error.classes & controller) !== 0 && overflow !== 0) this.#counts.overflowCount++;
    const state = busStateOf(error);
    if (state !== undefined) this.#changeState(state);
  }

  #changeState(state: CanBusState): void {
    if (state === this.#busState) return;
    this.#busState = state;
    this.#isNewsPending = true;
    this.#tellNews();
  }

  /** A bad bus may fail and come back with every frame: its status is told no more often than that of an adapter. */
  #tellNews(): void {
    const nowMs = this.#clock.monotonicMs();
    if (!this.#isNewsPending || nowMs - this.#toldMs < NEWS_INTERVAL_MS) return;
    this.#isNewsPending = false;
    this.#toldMs = nowMs;
    this.#tellStatus();
  }
}

/** What `candump -d` says when its socket overflowed. */
const DROPPED = /^DROPCOUNT: dropped (\d{1,9}) CAN frame/;
