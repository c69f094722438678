import type { WaystationError } from './errors.ts';

/**
 * What travels through the gateway.
 *
 * A {@link Message} is what a publisher handed in; an {@link EventRecord} is the same message once admission has stamped it;
 * the journal stores records and gives them back as {@link StoredRecord}s. Every part may know these three shapes and nothing else.
 */
export interface Message {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: QoS;
  readonly isRetained: boolean;
  /** The DUP flag as it arrived: the publisher believes it has sent this before. */
  readonly isDuplicate: boolean;
  /** The MQTT client that published, or `@<component>` for the gateway's own parts. */
  readonly clientId: string;
  readonly packetId?: number;
  /** MQTT message expiry as it arrived, in seconds; it goes on counting while stored. */
  readonly expirySeconds?: number;
  readonly payloadFormat?: 'bytes' | 'utf8';
  readonly contentType?: string;
  readonly userProperties?: readonly (readonly [name: string, value: string])[];
  readonly correlationData?: Uint8Array;
  readonly responseTopic?: string;
  /** How often rules have passed this on; a loop guard. */
  readonly hopCount?: number;
  readonly traceParent?: string;
}

/** MQTT quality of service. */
export type QoS = 0 | 1 | 2;

/** When a record was accepted. `wallMs` may be wrong (clocks start in 1970) unless `quality` is `gnss` or `ntp`; `monotonicMs` within its `clockRun` never is. */
export interface Stamp {
  /** Milliseconds since the Unix epoch by what `quality` names. */
  readonly wallMs: number;
  /** Milliseconds since the clock run began; fractions allowed. */
  readonly monotonicMs: number;
  /** Names the span over which `monotonicMs` is comparable: 16 hex digits, new at each start of the process, and when the host slept or its date was set or learned anew. */
  readonly clockRun: string;
  readonly quality: ClockQuality;
}

/** What an event's time rests on. */
export type ClockQuality = 'gnss' | 'ntp' | 'system' | 'none';

/** A message as the journal keeps it. */
export interface EventRecord extends Message {
  readonly stamp: Stamp;
  /** What the gateway was mounted on when the record was made. */
  readonly asset?: string;
  /** The topic that the journal has, where the filter of a sink has put another in its place. Never stored. */
  readonly journalTopic?: string;
  /** Fields written by a newer version, kept as they are: Protocol Buffers wire format. */
  readonly unknownFields?: Uint8Array;
}

/** A record with its place in the journal. `(stream, epoch, sequence)` is its identity for ever [D2]. */
export interface StoredRecord {
  readonly stream: StreamId;
  readonly epoch: Epoch;
  readonly sequence: number;
  /** Of an event `gateway.lost`, which stands in the place of records that are gone: the first of them; `sequence` is the last. */
  readonly firstLost?: number;
  readonly record: EventRecord;
}

/** Where the journal keeps a message: with the journal's epoch, the identity of a {@link StoredRecord}. */
export interface Place {
  readonly stream: StreamId;
  readonly sequence: number;
}

/** A durable lane, named in the configuration: `alerts`, `control`, `telemetry`. */
export type StreamId = string & { readonly brand: 'StreamId' };

/** 16 hex digits, random; see J3 in `docs/guarantees.md`. */
export type Epoch = string & { readonly brand: 'Epoch' };

/** Called exactly once: without an error when the message is safe (journaled and synced, or not to be journaled), else with the reason. */
export type Done = (error?: WaystationError) => void;

/**
 * The one way in. Serial sources, MQTT clients, rules and downlinks all publish through this port.
 * Order: messages of one `clientId` are sequenced, fanned out and answered in the order of the calls [B2].
 */
export interface Publisher {
  publish(message: Message, done: Done): void;
}
