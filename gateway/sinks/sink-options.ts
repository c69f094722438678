import type { CursorStart, Journal } from '#gateway/journal/journal.ts';
import type { Publisher, Stamp, StreamId } from '#gateway/model/message.ts';
import type { SinkStatus } from '#gateway/model/sink-status.ts';
import type { Clock } from '#gateway/runtime/clock.ts';
import type { Logger } from '#gateway/runtime/logger.ts';
import type { RetryPolicy } from '#gateway/runtime/retry-schedule.ts';
import type { DeadLetters } from './dead-letters/dead-letters.ts';
import type { PhaseListener } from './delivery/delivery.ts';
import type { DeliveryOrder } from './delivery/delivery-state.ts';
import type { Link } from './link/link.ts';
import type { FilterRule } from './shape/filter-rule.ts';

/** An open sink. Disposing waits a bounded time for what is in flight, then saves the cursors. */
export interface Sink extends AsyncDisposable {
  readonly id: string;
  status(): SinkStatus;
  /** Ends the delay of a sink that is `waiting` or `paused`. @throws WaystationError `sink.notWaiting` */
  retryNow(): void;
}

/** What every sink has. */
export interface CommonOptions {
  /** A slug; names the cursors, so it must stay the same. */
  readonly id: string;
  readonly gatewayId: string;
  readonly gatewayUid: string;
  readonly gatewayVersion: string;
  /** Where the gateway keeps its own. */
  readonly dataDir?: string;
  /** Where a sink begins that has no cursor yet. */
  readonly from: CursorStart;
  /** By priority, the most urgent first. */
  readonly lanes: readonly StreamId[];
  readonly filter: readonly FilterRule[];
  /** After an outage: what was missed first unless configured. */
  readonly order?: DeliveryOrder;
  /** What it sends over; absent where nothing bounds or counts that. */
  readonly link?: Link | undefined;
  /** Hears of each change of phase. */
  readonly onPhase?: PhaseListener;
  /** Those of `lanes` that never wait for a batch and may use the reserve of the link. */
  readonly urgentLanes?: readonly StreamId[];
  /** The only ones that use a metered link. */
  readonly meteredLanes?: readonly StreamId[];
  readonly retry?: RetryPolicy;
  /** Between attempts of a sink, or a lane, that needs a person: a refused login, an event that the hub will not take. */
  readonly pauseMs?: number;
  readonly connectTimeoutMs?: number;
  readonly journal: Journal;
  readonly deadLetters: DeadLetters;
  /** Where goes what comes down. */
  readonly publisher: Publisher;
  readonly clock: Clock;
  readonly stamp: () => Stamp;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly logger: Logger;
}
