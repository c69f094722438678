/**
 * From frames to events: what becomes of the frames of one bus, whatever adapter heard them.
 *
 * Sources hand over each frame and know nothing of what is made of it; nothing in here knows a port. It never writes on a bus, and keeps
 * no queue: what it gives out goes to the outlet of its source at once. Start reading at {@link CanPipeline}; what is worth an event is
 * for `devices/can/reduction` to say.
 */
import type { CanFrame } from '#devices/can/can-frame.ts';
import type { DbcDecoder } from '#devices/can/dbc/compile-dbc.ts';
import { BusReduction } from '#devices/can/reduction/bus-reduction.ts';
import type { MessageOrigin, MessageReport, ReportHandler } from '#devices/can/reduction/message-report.ts';
import type { ReportRules } from '#devices/can/reduction/report-rules.ts';
import type { ReportWindow } from '#devices/can/reduction/report-window.ts';
import type { Stamp } from '#gateway/model/message.ts';
import type { CanReductionStatus } from '#gateway/model/status.ts';
import type { Clock } from '#gateway/runtime/clock.ts';
import { CanEventWriter } from './can-event.ts';
import type { CanStage } from './can-stage.ts';
import type { CaptureRules, FrameCapture } from './frame-capture.ts';
import { type J1939Choice, openJ1939Stage } from './j1939-stage.ts';

/** Takes frames, gives out events. Lives as long as its source, over unplugs of the port. */
export interface CanPipeline {
  /** The port is opened (again): gives out what was held back from before; counts of {@link CanPipeline.rejections} begin anew. */
  begin(): void;
  /**
   * A frame came; its data may be overwritten afterwards.
   *
   * @param heardMs when it was on the bus, by the monotonic clock; absent: now
   */
  take(frame: CanFrame, heardMs?: number): void;
  /** Twice a second at least: time has passed. */
  tick(): void;
  /** Nothing more will come: gives out what was held back. Not for a pause of the bus: rules of reduction hold over pauses. */
  flush(): void;
  /** Frames of which nothing was made, by reason, since the port was opened; of stages since the start. */
  rejections(): Readonly<Record<string, number>>;
  /** Since the start. */
  status(): CanReductionStatus;
}

/** What a pipeline needs. */
export interface CanPipelineOptions {
  readonly device: CanDevice;
  /** The first that knows an identifier decodes it. */
  readonly databases: readonly DbcDecoder[];
  /** Publishes `devices/<id>/<name>`. */
  readonly send: (name: string, payload: Uint8Array) => void;
  /** What time it is, for events. */
  readonly stamp: () => Stamp;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** Sees every frame as it came. */
  readonly capture?: Pick<FrameCapture, 'note' | 'status'> | undefined;
}

/** A bus, as configured. */
export interface CanDevice {
  readonly id: string;
  /** What is published; nothing stated: each change, and every message at least every ten seconds. */
  readonly report?: ReportRules | undefined;
  /** The buffer of raw frames; nothing stated: none. */
  readonly capture?: CaptureRules | undefined;
  /** Whether it speaks J1939; nothing stated: where one of its databases says so. */
  readonly j1939?: J1939Choice;
}

/** Identifiers that no list knows and that are told apart; the count stops there. */
const MAX_UNKNOWN_IDS = 2048;

/** @returns a pipeline that has heard nothing yet */
export function openCanPipeline(options: CanPipelineOptions): CanPipeline {
  return new Pipeline(options);
}

class Pipeline implements CanPipeline, ReportHandler {
  readonly #options: CanPipelineOptions;
  /** The protocol above CAN, where there is one. */
  readonly #stage: CanStage | undefined;
  readonly #reduction: BusReduction;
  readonly #writer = new CanEventWriter();
  readonly #unknownIds = new Set<number>();
  #ignored = { 'unknown-id': 0, 'remote-frame': 0 };
  #latestMs = Number.NEGATIVE_INFINITY;
  #frameCount = 0;
  #unknownFrameCount = 0;
  #eventCount = 0;
  /** From monotonic time to the date. */
  #offsetMs = Number.NEGATIVE_INFINITY;
  /** Of the latest frame that was dated. */
  #latest = { heardMs: Number.NEGATIVE_INFINITY, wallMs: Number.NEGATIVE_INFINITY };

  constructor(options: CanPipelineOptions) {
    const { device, databases, send, stamp } = options;
    this.#options = options;
    this.#reduction = new BusReduction((id, isExtended) => this.#find(id, isExtended), device.report ?? {}, this);
    this.#stage = openJ1939Stage(device.j1939 ?? 'auto', {
      ...{ databases, send, stamp },
      // It comes with the frame, or the tick, that is being taken.
      takeMessage: (key, origin, data) => this.#reduction.takeMessage(key, origin, data, this.#latestMs),
    });
  }

  begin(): void {
    this.flush();
    this.#ignored = { 'unknown-id': 0, 'remote-frame': 0 };
  }

  take(frame: CanFrame, heardMs: number = this.#options.clock.monotonicMs()): void {
    const nowMs = this.#advance(heardMs);
    this.#frameCount++;
    this.#options.capture?.note(frame, nowMs);
    if (frame.isRemote) this.#ignored['remote-frame']++;
    else if (!this.#stage?.take(frame, nowMs) && !this.#reduction.take(frame.id, frame.isExtended, frame.data, nowMs))
      this.#noteUnknown(frame);
  }

  tick(): void {
    const nowMs = this.#advance(this.#options.clock.monotonicMs());
    this.#stage?.tick(nowMs);
    this.#reduction.tick(nowMs);
  }

  flush(): void {
    this.#reduction.flush(this.#advance(this.#options.clock.monotonicMs()));
  }

  /** Rules and timers see a time that never runs back: a frame that was delayed over a tick counts as heard at the tick. */
  #advance(nowMs: number): number {
    this.#latestMs = Math.max(this.#latestMs, nowMs);
    return this.#latestMs;
  }

  rejections(): Readonly<Record<string, number>> {
    return { ...this.#stage?.rejections(), ...this.#ignored };
  }

  status(): CanReductionStatus {
    const { knownIdCount, unchangedCount, droppedCount } = this.#reduction.counts;
    const { capture } = this.#options;
    const frameCount = this.#frameCount;
    const eventCount = this.#eventCount;
    return {
      ...{ frameCount, unknownFrameCount: this.#unknownFrameCount },
      ...{ knownIdCount, unknownIdCount: this.#unknownIds.size },
      ...{ unchangedCount, leftOutCount: droppedCount, eventCount },
      ...(eventCount === 0 ? {} : { reductionRatio: Math.round((100 * frameCount) / eventCount) / 100 }),
      ...(capture === undefined ? {} : { capture: capture.status() }),
    };
  }

  onReport(report: MessageReport): void {
    this.#send(report, this.#writer.encodeReport(report, this.#stampOf(report.heardMs)));
  }

  onWindow(report: MessageReport, window: ReportWindow): void {
    this.#send(report, this.#writer.encodeWindow(report, window, this.#stampOf(window.endMs)));
  }

  #send({ origin }: MessageReport, payload: Uint8Array): void {
    this.#eventCount++;
    this.#options.send(origin.decoder.message.name, payload);
  }

  #find(id: number, isExtended: boolean): MessageOrigin | undefined {
    const origin = this.#stage?.find(id, isExtended);
    if (origin !== undefined) return origin;
    for (const database of this.#options.databases) {
      const decoder = database.find(id, isExtended);
      if (decoder !== undefined) return { decoder };
    }
    return undefined;
  }

  #noteUnknown({ id, isExtended }: CanFrame): void {
    this.#ignored['unknown-id']++;
    this.#unknownFrameCount++;
    // Base and extended identifiers of one number are two.
    if (this.#unknownIds.size < MAX_UNKNOWN_IDS) this.#unknownIds.add(isExtended ? -1 - id : id);
  }

  /** An event that was held has the time of its frame, not that of its publishing; what was heard later is never dated earlier. */
  #stampOf(heardMs: number): Stamp {
    const now = this.#options.stamp();
    const offsetMs = now.wallMs - now.monotonicMs;
    // Dates count whole milliseconds: an offset taken anew for each event would put those of one moment into any order.
    if (Math.abs(offsetMs - this.#offsetMs) > MAX_OFFSET_JITTER_MS) this.#offsetMs = offsetMs;
    return { ...now, wallMs: this.#inOrder(heardMs, Math.round(heardMs + this.#offsetMs)), monotonicMs: heardMs };
  }

  /** A date that is set a little back, in the midst of a burst even, waits until it is ahead again. */
  #inOrder(heardMs: number, wallMs: number): number {
    const latest = this.#latest;
    if (heardMs < latest.heardMs) return wallMs;
    const stepBackMs = latest.wallMs - wallMs;
    const ordered = stepBackMs > 0 && stepBackMs <= MAX_SMOOTHED_STEP_MS ? latest.wallMs : wallMs;
    this.#latest = { heardMs, wallMs: ordered };
    return ordered;
  }
}

/** A date and a monotonic time that were read one after the other belong together within this. */
const MAX_OFFSET_JITTER_MS = 2;
/** A larger step back is a correction of the date. */
const MAX_SMOOTHED_STEP_MS = 1000;
