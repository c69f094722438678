/**
 * A batch of events as a receiver sees it: what `docs/batch-format.md` describes. `pack-batches.ts` writes it, `unpack-batch.ts`
 * reads it.
 */
export interface Batch {
  /** The uid of the gateway: with stream, epoch and sequence the identity of an event for ever [D2]. */
  readonly gateway: string;
  readonly stream: string;
  readonly epoch: string;
  /** What the batch covers, also what filters left out: the batch before it on its lane ends at `from - 1`. */
  readonly from: number;
  readonly to: number;
  /** Nothing is said of what came before: the first batch of a lane, or of a run that goes ahead of older events. */
  readonly opensChain: boolean;
  /** It comes behind newer events of its lane. */
  readonly isReplayed: boolean;
  /** At least one, by rising sequence. */
  readonly events: readonly BatchEvent[];
  /** Members of a later minor version, as they were. */
  readonly extra: Readonly<Record<string, unknown>>;
}

/** One event of a {@link Batch}. */
export interface BatchEvent {
  readonly sequence: number;
  /** Of an event `gateway.lost`, which stands for all from this one to `sequence`. */
  readonly firstLost?: number;
  /** RFC 3339: the event's own, else when it was accepted; absent when that is not known. */
  readonly time?: string;
  readonly timeBasis?: string;
  readonly timeEarliest?: string;
  readonly timeLatest?: string;
  /** As the publisher stated it. */
  readonly contentType?: string;
  /** The local topic. */
  readonly topic: string;
  /** Byte for byte as it was published. */
  readonly payload: Uint8Array;
  readonly extra: Readonly<Record<string, unknown>>;
}

/** How the events of a batch are written, before zstd: each by itself, or as columns. */
export type BatchCodec = 'zstd' | 'columns';

/** The version of each codec; others are of a newer gateway. */
export const BATCH_VERSIONS: Readonly<Record<BatchCodec, number>> = { zstd: 1, columns: 2 };

/** A batch holds no more events: the bound of `batch.maxEvents`. */
export const MAX_BATCH_EVENTS = 5000;

/** No batch that a gateway sends is larger: the largest publish that its broker can be told to take, in base64, and as much again. */
export const MAX_UNPACKED_BYTES = 64 * 2 ** 20;

/** Of JSON, however deep: parsed, one of three bytes takes a hundred. Two hundred for each event. */
export const MAX_UNPACKED_VALUES = 2 ** 20;

/** A publish holds no more, unless a single event is larger: hubs bound the bytes in flight, and Azure Event Grid does at 64 KB. */
export const MAX_PUBLISH_BYTES = 60_000;
