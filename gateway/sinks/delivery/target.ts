import type { RepairedTime } from '#gateway/journal/clock-runs.ts';
import type { WaystationError } from '#gateway/model/errors.ts';
import type { StoredRecord } from '#gateway/model/message.ts';

/**
 * What a target must be able to do; the delivery loop does the rest. One folder per target implements this and nothing more:
 * a target never retries, never queues, never remembers anything beyond one connection.
 */
export interface Target<P extends Packet> {
  /** As in the configuration: `mqtt`, `influxdb`. */
  readonly type: string;
  /** Turns an event into what is sent. Pure: the same event gives the same bytes, on every attempt and after every restart [D2]; only what is said of its time may get better. Never throws. */
  prepare(event: OutgoingEvent): P;
  /**
   * One attempt. An aborted signal ends it.
   *
   * @throws WaystationError whose `isRetryable` says whether to try again soon, or to pause until a person has looked
   */
  connect(signal: AbortSignal): Promise<TargetConnection<P>>;
}

/** One connection, from its acceptance to its end; never used again after that. Disposing of it is prompt, whatever the remote does, and harmless twice. */
export interface TargetConnection<P extends Packet> extends AsyncDisposable {
  readonly grant: Grant;
  /**
   * Sends a batch and answers when the remote has taken or refused it. It may never answer: the loop has a deadline of its own [D4].
   *
   * @param signal aborts when the connection is given up; nobody listens to the answer any more
   */
  send(batch: readonly P[], signal: AbortSignal): Promise<Outcome>;
  /** Resolves when the connection has ended, with the reason; never rejects. */
  readonly closed: Promise<WaystationError>;
}

/** An event on its way to one sink. */
export interface OutgoingEvent {
  readonly stored: StoredRecord;
  /** The sequence of the event forwarded before it on this lane by this sink; 0 for none, also at the head of a run that goes ahead of older events. */
  readonly prev: number;
  /** It comes behind newer events of its lane, or was refused before and is tried again. */
  readonly isReplayed: boolean;
  /** When it was accepted, as well as is known now. */
  readonly accepted: RepairedTime;
}

/** A prepared event. */
export interface Packet {
  /** Bytes it will take on the connection, before any encryption. */
  readonly sizeBytes: number;
}

/** What the remote allows on this connection [D7]. */
export interface Grant {
  /** Calls of `send` that may be unanswered at a time: MQTT's Receive Maximum. */
  readonly maxInFlightSends: number;
  readonly maxPacketBytes: number;
  /** Events in one call of `send`; 1 for a bridge per event. */
  readonly maxEventsPerSend: number;
}

/** How the remote took a batch. */
export type Outcome =
  | {
      readonly kind: 'accepted';
      /** How many events from the front of the batch were dealt with, at least one; all of them when absent. The others are sent again: a target that answers so grants one send at a time, or gives up the order. */
      readonly count?: number;
      /** Those among them that the remote will never take, by their place in the batch; in order. They go to the dead letters [D6]. */
      readonly rejected?: readonly RejectedEvent[];
      /** What the batch took compressed; absent where that is its `sizeBytes`. What is sent next is reckoned by it. */
      readonly wireBytes?: number;
    }
  /** Never, as the batch stands: it is tried again by halves until one event is left, which goes to the dead letters [D6]. */
  | { readonly kind: 'rejected'; readonly error: WaystationError }
  /** Not now: try again after a while; `afterMs` as the remote wishes. */
  | { readonly kind: 'retry'; readonly error: WaystationError; readonly afterMs?: number }
  /** The first event must wait, and those behind it with it: nothing is given up for it. It is tried again now and then, and when more is known of the time. */
  | { readonly kind: 'hold'; readonly error: WaystationError }
  /** The configuration is at fault, not the event: nothing may be given up for it. */
  | { readonly kind: 'pause'; readonly error: WaystationError };

/** See {@link Outcome}. */
export interface RejectedEvent {
  readonly index: number;
  readonly error: WaystationError;
}

/** The outcome that everybody hopes for. */
export const ACCEPTED: Outcome = { kind: 'accepted' };
