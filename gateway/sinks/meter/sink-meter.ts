import type { OutgoingEvent } from '#gateway/sinks/delivery/target.ts';

/** Reckons what events would take at one sink, with the code that composes them there; nothing is sent. */
export interface SinkMeter {
  /** How the figure on the wire comes about. */
  readonly basis: string;
  /** @returns bytes of the event in its envelope: a packet of its own, its part of a batch before compression, or its line */
  add(event: OutgoingEvent): number;
  /** Bytes on the wire of all that was added, both ways. */
  wireBytes(): number;
}
