import type { StreamId } from './message.ts';

/** One sink. */
export interface SinkStatus {
  readonly id: string;
  readonly type: string;
  /** `paused` needs a person (a refused login); `waiting` tries again by itself. */
  readonly state: 'connecting' | 'online' | 'waiting' | 'paused' | 'stopped';
  readonly lastError?: string;
  readonly sentCount: number;
  readonly acknowledgedCount: number;
  /** Of those, what the target would not take as it was and keeps in another form; absent while there is none. */
  readonly refusedCount?: number;
  readonly filteredCount: number;
  readonly resentCount: number;
  readonly inFlightCount: number;
  readonly connectCount: number;
  readonly lanes: readonly LaneStatus[];
}

/** One sink on one stream. */
export interface LaneStatus {
  readonly stream: StreamId;
  readonly acknowledgedSequence: number;
  /** Records that are in the stream and that this sink has not dealt with yet. */
  readonly backlogCount: number;
  /** Records that went before this sink had them, and of which its target will be told when it comes to them; absent while there is none. */
  readonly lost?: number;
  /** Those of which its target was told since the start; absent while there is none. */
  readonly lostCount?: number;
}
