/**
 * From frames to events: what becomes of the frames of one bus, whatever adapter heard them.
 *
 * Sources hand over each frame and know nothing of what is made of it; nothing in here knows a port. It never writes on a bus, and keeps
 * no queue: what it gives out goes to the outlet of its source at once. Start reading at {@link CanPipeline}.
 */
import type { CanFrame } from '#devices/can/can-frame.ts';
import type { DbcDecoder } from '#devices/can/dbc/compile-dbc.ts';
import type { Stamp } from '#gateway/model/message.ts';
import type { Clock } from '#gateway/runtime/clock.ts';
import { encodeCanMessage } from './can-event.ts';
import type { CanStage } from './can-stage.ts';

/** Takes frames, gives out events. Lives as long as its source, over unplugs of the port. */
export interface CanPipeline {
  /** The port is opened (again): gives out what was held back from before; counts of {@link CanPipeline.rejections} begin anew. */
  begin(): void;
  /** A frame came; its data may be overwritten afterwards. */
  take(frame: CanFrame): void;
  /** Twice a second at least: time has passed. */
  tick(): void;
  /** Nothing more will come: gives out what was held back. Not for a pause of the bus: rules of reduction hold over pauses. */
  flush(): void;
  /** Frames of which nothing was made, by reason, since the port was opened. */
  rejections(): Readonly<Record<string, number>>;
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
  /** What looks at frames before they are looked up. */
  readonly stages?: readonly CanStage[];
}

/** A bus, as configured. */
export interface CanDevice {
  readonly id: string;
}

/** @returns a pipeline that has heard nothing yet */
export function openCanPipeline({ databases, send, stamp, clock, stages = [] }: CanPipelineOptions): CanPipeline {
  let ignored = { 'unknown-id': 0, 'remote-frame': 0 };
  const isTaken = (frame: CanFrame) => stages.some((stage) => stage.take(frame, clock.monotonicMs()));
  return {
    begin() {
      ignored = { 'unknown-id': 0, 'remote-frame': 0 };
    },
    take(frame) {
      if (isTaken(frame)) return;
      for (const database of databases) {
        const message = database.decode(frame);
        if (message !== undefined) return send(message.name, encodeCanMessage(message, stamp()));
      }
      ignored[frame.isRemote ? 'remote-frame' : 'unknown-id']++;
    },
    tick() {
      for (const stage of stages) stage.tick(clock.monotonicMs());
    },
    flush: () => {},
    rejections: () => Object.assign({}, ...stages.map((stage) => stage.rejections()), ignored),
  };
}
