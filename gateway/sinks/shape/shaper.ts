import type { EventRecord } from '#gateway/model/message.ts';

/**
 * The filter of one sink: which events go, and in what shape. It knows no time but that of the events and decides by the record
 * and the memory alone: the same records, in order, give the same decisions, whenever they are read.
 */
export interface Shaper {
  /** Changes nothing: the caller applies the change to whatever memory it is to count for. */
  decide(record: EventRecord, memory: FilterMemory): Decision;
  /** What this filter remembers. @param state as `FilterMemory.encode` gave it; what is not of the same rules, or is damaged, begins anew */
  openMemory(state?: Uint8Array): FilterMemory;
}

/** What becomes of an event. */
export type Decision =
  | { readonly passes: false; readonly reason: string }
  | {
      readonly passes: true;
      /** Shaped; the same object where nothing of it changes. */
      readonly record: EventRecord;
      /** What is to be remembered once it is sent; absent where nothing is. */
      readonly change?: FilterChange;
    };

/** One step of a memory, to be applied in the order of the events. A plain value, a few words large: many are held at a time. */
export interface FilterChange {
  /** Rule and concrete topic. */
  readonly key: string;
}

/** What a filter remembers of the events that passed: when, and with what values. Bounded; what it forgets passes once more. */
export interface FilterMemory {
  apply(change: FilterChange): void;
  /** A memory of its own with the same content. */
  fork(): FilterMemory;
  /** At most `maxBytes`, the latest first where not all fits; undefined while there is nothing to remember. */
  encode(maxBytes: number): Uint8Array | undefined;
}
