import type { HubGrant } from './hub-grant.ts';
import type { StreamId } from './message.ts';

/** One sink. */
export interface SinkStatus {
  readonly id: string;
  readonly type: string;
  /** The id of the link that it sends over; absent where it has none. */
  readonly link?: string;
  /** `paused` needs a person (a refused login); `waiting` tries again by itself; `held` has a link that is off, or whose day is spent. */
  readonly state: 'connecting' | 'online' | 'waiting' | 'paused' | 'held' | 'stopped';
  readonly lastError?: string;
  /** Until the next attempt of the sink, or of a lane that stands still; absent while none is waited for. */
  readonly retryInMs?: number;
  readonly sentCount: number;
  /** Events with their envelopes, before compression and encryption, what was sent again included; since the start of the process. */
  readonly sentBytes: number;
  readonly acknowledgedCount: number;
  /** News of a loss that the target would not take: nobody could want it back, so it was passed over; absent while there is none. */
  readonly refusedCount?: number;
  /** What the target will never take and what is in the dead letters now; since the start, absent while there is none. */
  readonly deadLetteredCount?: number;
  readonly filteredCount: number;
  /** Rules whose `when` left events out because they did not have a field that it names; absent while there is none. */
  readonly conditions?: readonly ConditionStatus[];
  readonly resentCount: number;
  readonly inFlightCount: number;
  readonly connectCount: number;
  readonly lanes: readonly LaneStatus[];
  /** What the MQTT hub granted; absent where none is connected to. */
  readonly granted?: HubGrant;
  /** What came down; absent where nothing may. */
  readonly downlink?: DownlinkStatus;
}

/** What the `when` of one rule has left out since the start of the process. */
export interface ConditionStatus {
  /** The first is 0, as in `sinks[0].filter[0]`. */
  readonly ruleIndex: number;
  readonly leftOutCount: number;
  /** Of those, what might have gone if the fields that were missing had been there. */
  readonly undecidedCount: number;
}

/** Commands of one hub, since the start of the process. */
export interface DownlinkStatus {
  /** Kept, and acknowledged to the hub. */
  readonly takenCount: number;
  /** Those of them that the hub said it had sent before. */
  readonly duplicateCount: number;
  /** Acknowledged to the hub all the same, where it waits for that; reasons that did not occur are absent. */
  readonly ignored: Readonly<Partial<Record<DownlinkRefusal, number>>>;
}

/**
 * Why a publish of a hub is ignored; `repeated`: it was taken before, and the hub had not heard so; `tooFast`: of QoS 0, beyond the pace;
 * `unfit`: the journal or the broker can never take it.
 */
export type DownlinkRefusal =
  | 'notAllowed'
  | 'retained'
  | 'expired'
  | 'repeated'
  | 'tooFast'
  | 'tooLarge'
  | 'tooManyHops'
  | 'unfit';

/** One sink on one stream. */
export interface LaneStatus {
  readonly stream: StreamId;
  readonly acknowledgedSequence: number;
  /** Records that are in the stream and that this sink has not dealt with yet. */
  readonly backlogCount: number;
  /** Everything that the stream has is acknowledged, filtered out, in the dead letters, or lost and told of. */
  readonly isDrained: boolean;
  /** It waits for the link alone, and has nothing in flight; absent where it does not. */
  readonly isHeld?: true;
  /** With `order: liveFirst`: stretches of the past that are still to be filled in; absent while there is none. */
  readonly backfillCount?: number;
  /** Of `backlogCount`, what lies in those stretches. */
  readonly backfillBacklogCount?: number;
  /** There are so many of them that new events wait behind the oldest. */
  readonly isCrowded?: true;
  /** Records that went before this sink had them, and of which its target will be told when it comes to them; absent while there is none. */
  readonly lost?: number;
  /** Those of which its target was told since the start; absent while there is none. */
  readonly lostCount?: number;
}
