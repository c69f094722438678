/**
 * Room for the signals of one message, made once and filled by `MessageDecoder.read` for each frame; the index is the place in
 * `DbcMessage.signals`.
 */
export class SignalValues {
  /** Raw · factor + offset. Meaningless where absent. */
  readonly physical: Float64Array;
  /** What the bits say; integers beyond 2^53 lose their last bits here: `MessageDecoder.rawAt` has them all. Meaningless where absent. */
  readonly raw: Float64Array;
  /** 1 for a signal that the payload contains, else 0. */
  readonly isPresent: Uint8Array;

  constructor(count: number) {
    this.physical = new Float64Array(count);
    this.raw = new Float64Array(count);
    this.isPresent = new Uint8Array(count);
  }
}
