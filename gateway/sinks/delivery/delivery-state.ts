import type { WaystationError } from '#gateway/model/errors.ts';
import type { StreamId } from '#gateway/model/message.ts';
import type { RetryPolicy } from '#gateway/runtime/retry-schedule.ts';
import type { Lane, LaneEntry, LaneFlight } from './lane.ts';
import type { Grant, Outcome, Packet } from './target.ts';

/** All that the delivery loop knows of one sink. A plain value: `step.ts` makes the next one from it. */
export interface DeliveryState<P extends Packet> {
  readonly phase: Phase;
  /** By priority, the most urgent first. */
  readonly lanes: readonly Lane<P>[];
  /** Failures since the remote last took something; the exponent of the next delay. */
  readonly failureCount: number;
  /** When the oldest flight last changed because its predecessor was acknowledged: the deadline restarts there, as TCP's does [RFC 6298 5.3]. */
  readonly progressMs: number;
  readonly nextFlightId: number;
  readonly counters: Counters;
  readonly lastError?: WaystationError;
}

/** Where the connection stands. Times are monotonic milliseconds. */
export type Phase =
  | { readonly kind: 'waiting' | 'paused'; readonly untilMs: number }
  | { readonly kind: 'connecting'; readonly sinceMs: number }
  /** `isProbing`: after a failure one flight goes first, and the window opens when it is acknowledged [D5]. */
  | { readonly kind: 'online'; readonly sinceMs: number; readonly grant: Grant; readonly isProbing: boolean }
  /** Closing: nothing new is sent, what is in flight may still be acknowledged. */
  | { readonly kind: 'draining'; readonly untilMs: number }
  | { readonly kind: 'stopped' };

/** Since the start of the process. */
export interface Counters {
  readonly sent: number;
  readonly acknowledged: number;
  /** Of those, the ones that the remote was told of in another form. */
  readonly refused: number;
  readonly filtered: number;
  readonly resent: number;
  readonly connects: number;
}

/** The constants of one sink. */
export interface DeliveryPolicy {
  readonly window: DeliveryWindow;
  readonly retry: RetryPolicy;
  readonly connectTimeoutMs: number;
  /** How long a sink or a lane that needs a person rests between attempts; jitter shortens it by up to half. */
  readonly pauseMs: number;
  /** How long closing waits for what is in flight. */
  readonly drainTimeoutMs: number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** The own bound of what is in flight, over all lanes [D7]. A single event larger than `maxBytes` still goes, alone. */
export interface DeliveryWindow {
  readonly maxEvents: number;
  readonly maxBytes: number;
  /** A remote that acknowledges nothing for so long is gone, whatever TCP says [D4]. */
  readonly ackTimeoutMs: number;
}

/** What happened. */
export type DeliveryInput<P extends Packet> =
  | {
      readonly kind: 'read';
      readonly stream: StreamId;
      /** As asked for. */
      readonly from: number;
      /** What the filter let through, in order. */
      readonly entries: readonly LaneEntry<P>[];
      /** The last sequence looked at. */
      readonly throughSequence: number;
    }
  | { readonly kind: 'connected'; readonly grant: Grant }
  /** The attempt failed, or the connection ended. */
  | { readonly kind: 'disconnected'; readonly error: WaystationError }
  | { readonly kind: 'settled'; readonly flightId: number; readonly outcome: Outcome }
  /** More is known of the time: what waits is to be prepared anew. */
  | { readonly kind: 'timeLearned' }
  /** Time passed: see `nextWakeMs`. */
  | { readonly kind: 'tick' }
  /** A person will not wait for the end of a delay. */
  | { readonly kind: 'retryNow' }
  | { readonly kind: 'stop' };

/** What is to be done, in this order. */
export type DeliveryAction<P extends Packet> =
  | { readonly kind: 'connect' }
  | { readonly kind: 'disconnect' }
  | { readonly kind: 'send'; readonly flight: LaneFlight<P> }
  /** Answer with `read` as soon as there is something at or after `from`. */
  | { readonly kind: 'read'; readonly stream: StreamId; readonly from: number }
  | {
      readonly kind: 'advance';
      readonly stream: StreamId;
      readonly acknowledgedSequence: number;
      readonly forwardedSequence: number;
    };

/** The reading position from which a lane begins. */
export interface LaneStart {
  readonly stream: StreamId;
  readonly acknowledgedSequence: number;
  readonly forwardedSequence: number;
}
