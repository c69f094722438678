import type { WaystationError } from '#gateway/model/errors.ts';
import type { LinkMode } from '#gateway/model/link-status.ts';
import type { StreamId } from '#gateway/model/message.ts';
import type { RetryPolicy } from '#gateway/runtime/retry-schedule.ts';
import type { Lane, LanePosition } from './lane.ts';
import type { LaneEntry, LaneFlight } from './run.ts';
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
  /** When time alone lets more go: a batch that has waited long enough, a link with new budget. Infinity for never. */
  readonly moreAtMs: number;
  /** Since when batches wait for room on the link; `undefined` while none does. */
  readonly roomSinceMs: number | undefined;
  /** What is ready in them, or is to be read, waits for the link and for nothing else. */
  readonly heldLanes: readonly StreamId[];
  /** How much of a batch really goes over the wire: see `wire-share.ts`. */
  readonly wireShare: number;
  /** As seen last. */
  readonly linkMode: LinkMode;
  readonly nextFlightId: number;
  readonly nextRunId: number;
  readonly counters: Counters;
  readonly lastError?: WaystationError | undefined;
}

/** Where the connection stands. Times are monotonic milliseconds. */
export type Phase =
  | { readonly kind: 'waiting' | 'paused'; readonly untilMs: number }
  | { readonly kind: 'connecting'; readonly sinceMs: number }
  /** `isProbing`: after a failure one flight goes first, and the window opens when it is acknowledged [D5]. */
  | { readonly kind: 'online'; readonly sinceMs: number; readonly grant: Grant; readonly isProbing: boolean }
  /** The link is off: no connection until it is on again. */
  | { readonly kind: 'held' }
  /** Closing: nothing new is sent, what is in flight may still be acknowledged. */
  | { readonly kind: 'draining'; readonly untilMs: number }
  | { readonly kind: 'stopped' };

/** Since the start of the process. */
export interface Counters {
  readonly sent: number;
  readonly sentBytes: number;
  readonly acknowledged: number;
  /** News of a loss that the remote would not take: passed over. */
  readonly refused: number;
  /** Events that the remote will never take, in the dead letters now. */
  readonly deadLettered: number;
  readonly filtered: number;
  readonly resent: number;
  readonly connects: number;
}

/** The constants of one sink. */
export interface DeliveryPolicy {
  readonly window: DeliveryWindow;
  /** Absent where everything leaves at once. */
  readonly batch?: BatchPolicy;
  /** After an outage: what was missed first, or what is newest. */
  readonly order: DeliveryOrder;
  /** Lanes whose events never wait for a batch, and may spend the reserve of the link. */
  readonly urgentLanes: readonly StreamId[];
  /** The only lanes that use a metered link. */
  readonly meteredLanes: readonly StreamId[];
  readonly retry: RetryPolicy;
  readonly connectTimeoutMs: number;
  /** What it is called when the target does not answer in time. */
  readonly timeoutCode: TimeoutCode;
  /** How long a sink or a lane that needs a person rests between attempts; jitter shortens it by up to half. */
  readonly pauseMs: number;
  /** How long closing waits for what is in flight. */
  readonly drainTimeoutMs: number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** By the type of the target. */
export type TimeoutCode = 'hub.timeout' | 'influxdb.timeout' | 'webhook.timeout' | 'file.timeout';

/** The order within a lane. */
export type DeliveryOrder = 'oldestFirst' | 'liveFirst';

/** The own bound of what is in flight, over all lanes [D7]. A single event larger than `maxBytes` still goes, alone. */
export interface DeliveryWindow {
  readonly maxEvents: number;
  readonly maxBytes: number;
  /** A remote that acknowledges nothing for so long is gone, whatever TCP says [D4]. */
  readonly ackTimeoutMs: number;
}

/** How much goes in one send, and how long fresh events wait for company; a backlog never waits. */
export interface BatchPolicy {
  readonly maxEvents: number;
  /** A single event larger than that still goes, alone. */
  readonly maxBytes: number;
  readonly maxAgeMs: number;
}

/** What happened. */
export type DeliveryInput<P extends Packet> =
  | ReadInput<P>
  /** `tails`: the last sequence that each stream has. */
  | { readonly kind: 'connected'; readonly grant: Grant; readonly tails: ReadonlyMap<StreamId, number> }
  /** The attempt failed, or the connection ended. */
  | { readonly kind: 'disconnected'; readonly error: WaystationError }
  /** In the order in which the answers came. */
  | { readonly kind: 'settled'; readonly answers: readonly Answer[] }
  /** A refused event is in the dead letters. */
  | (RunPlace & {
      readonly kind: 'buried';
      readonly sequence: number /** What goes in its place; absent where nothing does. */;
      readonly tombstone?: P;
    })
  /** It could not be put there. */
  | (RunPlace & { readonly kind: 'buryFailed'; readonly sequence: number; readonly error: WaystationError })
  /** More is known of the time: what waits is to be prepared anew. */
  | { readonly kind: 'timeLearned' }
  /** Mode or budget of the link have changed. */
  | { readonly kind: 'linkChanged'; readonly tails: ReadonlyMap<StreamId, number> }
  /** Time passed: see `nextWakeMs`. */
  | { readonly kind: 'tick' }
  /** A person will not wait for the end of a delay. */
  | { readonly kind: 'retryNow' }
  | { readonly kind: 'stop' };

/** What the journal gave to a `read`. */
export interface ReadInput<P extends Packet> extends RunPlace {
  readonly kind: 'read';
  /** As asked for. */
  readonly from: number;
  /** What the filter let through, in order. */
  readonly entries: readonly LaneEntry<P>[];
  /** The last sequence looked at. */
  readonly throughSequence: number;
}

/** What became of a flight. */
export interface Answer {
  readonly flightId: number;
  readonly outcome: Outcome;
}

/** A run of a lane. */
export interface RunPlace {
  readonly stream: StreamId;
  readonly runId: number;
}

/** What is to be done, in this order. */
export type DeliveryAction<P extends Packet> =
  | { readonly kind: 'connect' }
  | { readonly kind: 'disconnect' }
  | { readonly kind: 'send'; readonly flight: LaneFlight<P>; readonly isUrgent: boolean }
  /** Answer with `read` as soon as there is something at or after `from`; nothing behind `to` belongs to it. */
  | (RunPlace & {
      readonly kind: 'read';
      readonly from: number;
      readonly to: number;
      readonly prev: number;
      readonly isReplayed: boolean;
    })
  /** Answer with `buried` when the event is durable in the dead letters, or `buryFailed`. */
  | (RunPlace & { readonly kind: 'bury'; readonly entry: LaneEntry<P>; readonly error: WaystationError })
  /** What tells of a loss was refused itself, and is counted as done. */
  | (RunPlace & { readonly kind: 'passOver'; readonly entry: LaneEntry<P>; readonly error: WaystationError })
  | (LanePosition & {
      readonly kind: 'advance';
      readonly stream: StreamId;
      /** Where each run of the lane stands that is not done. */
      readonly runs: readonly { readonly id: number; readonly acknowledgedSequence: number }[];
    });
