import type { WaystationError } from '#gateway/model/errors.ts';
import type { StoredRecord } from '#gateway/model/message.ts';
import type { LaneSource } from '#gateway/sinks/delivery/lane-source.ts';

/** Where events go that a target will never take, as the delivery loop sees it [D6]. */
export interface DeadLetters {
  /** Resolves when it is durable. Burying the same event of the same sink again adds its attempts. @throws WaystationError a storage error */
  bury(letter: RefusedEvent): Promise<void>;
  /** What a person wants tried again at this sink, in the order of the marks; see `LaneSource.isRedrive`. */
  queueOf(sink: string): LaneSource;
}

/** An event that its target refused for good. */
export interface RefusedEvent {
  readonly sink: string;
  /** As the filter shaped it. */
  readonly stored: StoredRecord;
  /** The words of the target. */
  readonly error: WaystationError;
  /** How often it was sent since it was read last. */
  readonly attempts: number;
}
