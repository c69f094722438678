import type { EventRecord } from '#gateway/model/message.ts';

/**
 * The filter of one sink: which events go, and in what shape. It knows no time but that of the events and decides by the record
 * and the memory alone: the same records, in order, give the same decisions, whenever they are read.
 */
export interface Shaper {
  /** Changes nothing: the caller applies the change to whatever memory it is to count for. Never throws, whatever the payload holds. */
  decide(record: EventRecord, memory: FilterMemory): Decision;
  /**
   * What this filter remembers.
   *
   * @param state as `FilterMemory.encode` gave it; what was remembered by other rules counts for nothing
   * @param onDamaged is told why `state` could not be read; the memory begins anew then
   */
  openMemory(state?: Uint8Array, onDamaged?: (reason: string) => void): FilterMemory;
}

/** What becomes of an event. */
export type Decision =
  | {
      readonly passes: false;
      readonly reason: DropReason;
      /** Which rule, by its place in the filter. */
      readonly ruleIndex: number;
      /** A `when` that names a field which the event does not have, and might hold if it had. */
      readonly isUndecided?: true;
    }
  | {
      readonly passes: true;
      /** Shaped; the same object where nothing of it changes. */
      readonly record: EventRecord;
      /** What is to be remembered once it is sent; absent where nothing is. */
      readonly change?: FilterChange;
    };

/** Why an event is left out: by a rule, or because it came down from the same hub. */
export type DropReason = RuleReason | 'echo';

/** The key of a rule that left an event out; `unchanged` is `deadband` or `onChange`. */
export type RuleReason = 'drop' | 'when' | 'minIntervalMs' | 'unchanged';

/** One step of a memory, to be applied in the order of the events: a topic was forwarded. A plain value, a few words large: many are held at a time. */
export interface FilterChange {
  /** The concrete topic and what is watched of it: 16 hex digits. */
  readonly key: string;
  /** The stamp of the event. */
  readonly clockRun: string;
  readonly monotonicMs: number;
  /** NaN where the date rested on nothing. */
  readonly wallMs: number;
  /** What the rules watch, one number each. */
  readonly values: readonly number[];
}

/** What a filter remembers of the events that passed: when, and with what values. Bounded; what it forgets passes once more. */
export interface FilterMemory {
  find(key: string): FilterChange | undefined;
  /** @returns whether another topic was forgotten for it: then rules match more topics than can be remembered */
  apply(change: FilterChange): boolean;
  /** A memory of its own with the same content. */
  fork(): FilterMemory;
  /** At most `maxBytes`, the latest first where not all fits; undefined while there is nothing to remember. Costs some microseconds a topic: for when it is written down, not for each event. */
  encode(maxBytes: number): Uint8Array | undefined;
}
