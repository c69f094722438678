import type { OutgoingEntry } from '#gateway/broker/sessions/outgoing-queue.ts';
import type { Session } from '#gateway/broker/sessions/session.ts';
import type { JournalStream } from '#gateway/journal/journal.ts';
import type { StateMap } from '#gateway/journal/state/state-map.ts';
import type { Done, Message, Place, QoS, StreamId } from '#gateway/model/message.ts';
import type { Cancel, Clock } from '#gateway/runtime/clock.ts';
import { LowWatermark } from './low-watermark.ts';
import {
  encodeEntry,
  encodeInbound,
  encodeMark,
  encodeRetained,
  encodeSession,
  encodeSubscription,
  encodeWill,
  type StoredWill,
} from './state-codec.ts';
import { stateKeys } from './state-keys.ts';
import type { StateRecorder } from './state-recorder.ts';

/** How long a change that the data streams tell too may wait for a write of its own. A crash costs reading that much of them. */
export const DIGEST_INTERVAL_MS = 5000;
/** Records after which the marks move on, so that a start has no more than that to read of each stream. */
export const MARK_RECORDS = 10_000;
/** Largest will, topic and payload, that outlives the process: each client that is connected may have one. */
export const MAX_KEPT_WILL_BYTES = 4096;

/** What {@link MapRecorder} needs. */
export interface MapRecorderOptions {
  readonly map: StateMap;
  /** Those that messages are kept in. */
  readonly streams: readonly Pick<JournalStream, 'id' | 'epoch' | 'syncedSequence'>[];
  readonly clock: Clock;
}

/**
 * Writes down what has to outlive the process: at once what nothing else tells, and lazily what the data streams tell too.
 * What a crash leaves behind, and what a start makes of it, is told case by case in `docs/sessions.md`.
 *
 * Whatever is lazy goes with the next write, and the marks with it: a mark says that everything up to it is in the state, or
 * has been dealt with. What was queued and acknowledged in between is never written.
 */
export class MapRecorder implements StateRecorder, AsyncDisposable {
  readonly #options: MapRecorderOptions;
  readonly #lanes: Map<StreamId, Lane>;
  readonly #held = new Map<Session, Held>();
  readonly #lazyRetained = new Map<
    string,
    { readonly message: Message; readonly place: Place | undefined } | undefined
  >();
  /** With something lazy. */
  readonly #lazySessions = new Set<Held>();
  /** Keys that a mark makes superfluous. */
  readonly #untilMark = new Map<string, UntilMark>();
  #nextSession = 1;
  #nextWill = 1;
  #isRestored = false;
  #begunCount = 0;
  #cancelDigest: Cancel | undefined;

  constructor(options: MapRecorderOptions) {
    this.#options = options;
    this.#lanes = new Map(
      options.streams.map((stream) => {
        const watermark = new LowWatermark(stream.syncedSequence);
        return [stream.id, { stream, watermark, mark: NO_MARK }];
      }),
    );
    options.map.beforeWrite = () => this.#digest();
  }

  /** A session that is in the map already, with the keys of what it holds. */
  adopt(session: Session, number: number, found: Pick<Held, 'since' | 'keys' | 'awayMs'>): void {
    this.#nextSession = Math.max(this.#nextSession, number + 1);
    const inbound = new Map(session.inbound);
    this.#held.set(session, { session, number, ...found, inbound, lazy: new Set(), lazyInbound: new Set() });
  }

  sessionStarted(session: Session): void {
    const since = Array.from(this.#lanes.values(), ({ stream, watermark }) => ({
      stream: stream.id,
      sequence: watermark.highest,
    }));
    const number = this.#nextSession++;
    this.#held.set(session, {
      ...{ session, number, since, awayMs: 0, keys: new Set<string>() },
      ...{ inbound: new Map(), lazy: new Set<OutgoingEntry>(), lazyInbound: new Set<number>() },
    });
    this.#options.map.set(stateKeys.session(number), encodeSession({ ...namesOf(session), since, awayMs: 0 }));
  }

  /** Lazily: a crash takes what was counted since it was told last. */
  away(session: Session, awayMs: number): void {
    const held = this.#held.get(session);
    if (held === undefined || held.awayMs === awayMs) return;
    held.awayMs = awayMs;
    this.#options.map.set(stateKeys.session(held.number), encodeSession({ ...namesOf(session), ...held }));
  }

  sessionEnded(session: Session): void {
    const held = this.#held.get(session);
    if (held === undefined) return;
    this.#held.delete(session);
    this.#lazySessions.delete(held);
    this.#options.map.delete(stateKeys.session(held.number));
    for (const key of held.keys) {
      this.#untilMark.delete(key);
      this.#options.map.delete(key);
    }
  }

  subscribed(session: Session, filter: string, qos: QoS): void {
    const held = this.#held.get(session);
    if (held !== undefined) this.#set(held, stateKeys.subscription(held.number, filter), encodeSubscription(qos));
  }

  unsubscribed(session: Session, filter: string): void {
    const held = this.#held.get(session);
    if (held !== undefined) this.#delete(held, stateKeys.subscription(held.number, filter));
  }

  /** Without a record in the journal, or about to be sent with QoS 2, nothing else tells of it. */
  queued(session: Session, entry: OutgoingEntry): void {
    const held = this.#held.get(session);
    if (held === undefined) return;
    if (entry.place === undefined || (entry.qos === 2 && entry.packetId !== undefined)) this.#write(held, entry);
    else this.#writeLazily(held, held.lazy, entry);
  }

  released(session: Session, entry: OutgoingEntry): void {
    const held = this.#held.get(session);
    if (held !== undefined) this.#write(held, entry);
  }

  dequeued(session: Session, entry: OutgoingEntry): void {
    const held = this.#held.get(session);
    if (held === undefined || held.lazy.delete(entry)) return;
    this.#delete(held, stateKeys.outgoing(held.number, entry.number));
    // With QoS 1 it may come again. With QoS 2 a start that reads its record must know.
    if (entry.qos === 2) this.#rememberUntilMark(held, stateKeys.completed, entry.place);
  }

  retained(topic: string, message: Message | undefined, place: Place | undefined): void {
    const kept = message && { message, place };
    if (place !== undefined || message?.qos === 0) {
      this.#lazyRetained.set(topic, kept);
      this.#digestLater();
      return;
    }
    this.#lazyRetained.delete(topic);
    this.#writeRetained(topic, kept);
  }

  received(session: Session, packetId: number, place: Place | undefined): void {
    const held = this.#held.get(session);
    if (held === undefined) return;
    held.inbound.set(packetId, place);
    if (place === undefined) this.#set(held, stateKeys.inbound(held.number, packetId), encodeInbound(place));
    else this.#writeLazily(held, held.lazyInbound, packetId);
  }

  completed(session: Session, packetId: number): void {
    const held = this.#held.get(session);
    if (held === undefined) return;
    const place = held.inbound.get(packetId);
    held.inbound.delete(packetId);
    if (!held.lazyInbound.delete(packetId)) this.#delete(held, stateKeys.inbound(held.number, packetId));
    this.#rememberUntilMark(held, stateKeys.released, place);
  }

  /** At once, though nobody waits for it: the power may go next, and the wills of a burst of logins are one write. */
  willLeft(will: StoredWill): number | undefined {
    const { topic, payload } = will.message;
    if (this.isFull || topic.length + payload.length > MAX_KEPT_WILL_BYTES) return undefined;
    const number = this.#nextWill++;
    this.#options.map.set(stateKeys.will(number), encodeWill(will));
    this.#options.map.settle(() => {});
    return number;
  }

  /** At once as well: a will that a DISCONNECT discarded must not be published after all. */
  willEnded(number: number): void {
    this.#options.map.delete(stateKeys.will(number));
    this.#options.map.settle(() => {});
  }

  begun({ stream, sequence }: Place): void {
    const lane = this.#lanes.get(stream);
    if (lane?.watermark.begin(sequence)) this.#rewind(stream, sequence);
    if (++this.#begunCount >= MARK_RECORDS) this.#digest();
  }

  fannedOut({ stream, sequence }: Place): void {
    this.#lanes.get(stream)?.watermark.finish(sequence);
  }

  settle(done: Done): void {
    this.#options.map.settle(done);
  }

  get isFull(): boolean {
    return this.#options.map.isFull;
  }

  /**
   * Everything that the journal holds has been fanned out: the marks may say so.
   *
   * @param marks those in the map
   * @param nextWill above those in the map
   */
  restored(marks: ReadonlyMap<StreamId, number>, nextWill: number): void {
    this.#nextWill = nextWill;
    for (const lane of this.#lanes.values()) lane.mark = marks.get(lane.stream.id) ?? NO_MARK;
    this.#isRestored = true;
    this.#digest();
  }

  /** Writes down what is lazy too, and closes the map. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#digest();
    await this.#options.map[Symbol.asyncDispose]();
  }

  /** The records from `sequence` on were given up, and others take their places: who began behind them began before these. */
  #rewind(stream: StreamId, sequence: number): void {
    for (const held of this.#held.values()) {
      if (!held.since.some((place) => place.stream === stream && place.sequence >= sequence)) continue;
      held.since = held.since.map((place) =>
        place.stream === stream ? { stream, sequence: Math.min(place.sequence, sequence - 1) } : place,
      );
      const { session, since, number, awayMs } = held;
      this.#options.map.set(stateKeys.session(number), encodeSession({ ...namesOf(session), since, awayMs }));
    }
  }

  #rememberUntilMark(held: Held, keyOf: typeof stateKeys.completed, place: Place | undefined): void {
    const lane = place && this.#lanes.get(place.stream);
    if (place === undefined || lane === undefined || place.sequence <= lane.mark) return;
    const key = keyOf(held.number, place.stream, place.sequence);
    this.#set(held, key, EMPTY);
    this.#untilMark.set(key, { held, place });
  }

  #writeLazily<T>(held: Held, lazy: Set<T>, item: T): void {
    lazy.add(item);
    this.#lazySessions.add(held);
    this.#digestLater();
  }

  #digestLater(): void {
    this.#cancelDigest ??= this.#options.clock.schedule(DIGEST_INTERVAL_MS, () => this.#digest());
  }

  /** Hands over to the map what is lazy, and moves the marks over it. */
  #digest(): void {
    this.#cancelDigest?.();
    this.#cancelDigest = undefined;
    this.#begunCount = 0;
    for (const held of this.#lazySessions) {
      for (const entry of held.lazy) this.#write(held, entry);
      for (const packetId of held.lazyInbound) {
        this.#set(held, stateKeys.inbound(held.number, packetId), encodeInbound(held.inbound.get(packetId)));
      }
      held.lazy.clear();
      held.lazyInbound.clear();
    }
    this.#lazySessions.clear();
    for (const [topic, kept] of this.#lazyRetained) this.#writeRetained(topic, kept);
    this.#lazyRetained.clear();
    if (this.#isRestored) for (const lane of this.#lanes.values()) this.#moveMark(lane);
    for (const [key, { held, place }] of this.#untilMark) {
      if (place.sequence > (this.#lanes.get(place.stream)?.mark ?? Infinity)) continue;
      this.#untilMark.delete(key);
      this.#delete(held, key);
    }
  }

  /** Never beyond what is synced: a record that a power cut takes leaves its sequence to another. */
  #moveMark(lane: Lane): void {
    const { stream, watermark } = lane;
    const sequence = Math.min(watermark.sequence, stream.syncedSequence);
    if (sequence <= lane.mark) return;
    lane.mark = sequence;
    this.#options.map.set(stateKeys.mark(stream.id), encodeMark({ epoch: stream.epoch, sequence }));
  }

  #write(held: Held, entry: OutgoingEntry): void {
    held.lazy.delete(entry);
    const { message, place, qos, packetId, isRetained, queuedMs } = entry;
    const ageMs = Math.max(0, this.#options.clock.monotonicMs() - queuedMs);
    const isReleased = entry.phase === 'released';
    const value = encodeEntry({ message, place, qos, packetId, isReleased, isRetained, ageMs });
    this.#set(held, stateKeys.outgoing(held.number, entry.number), value);
  }

  #writeRetained(
    topic: string,
    kept: { readonly message: Message; readonly place: Place | undefined } | undefined,
  ): void {
    const key = stateKeys.retained(topic);
    if (kept === undefined) this.#options.map.delete(key);
    else this.#options.map.set(key, encodeRetained(kept));
  }

  #set({ keys }: Held, key: string, value: Uint8Array): void {
    keys.add(key);
    this.#options.map.set(key, value);
  }

  #delete({ keys }: Held, key: string): void {
    if (keys.delete(key)) this.#options.map.delete(key);
  }
}

/** What is known of a session in the map. */
interface Held {
  readonly session: Session;
  readonly number: number;
  since: readonly Place[];
  /** As it was told last. */
  awayMs: number;
  /** Of all that it holds in the map. */
  readonly keys: Set<string>;
  /** Packet ids that its client has not released. */
  readonly inbound: Map<number, Place | undefined>;
  /** Not in the map yet. */
  readonly lazy: Set<OutgoingEntry>;
  readonly lazyInbound: Set<number>;
}

interface Lane {
  readonly stream: Pick<JournalStream, 'id' | 'epoch' | 'syncedSequence'>;
  readonly watermark: LowWatermark;
  /** As the map has it, or will with its next write. */
  mark: number;
}

interface UntilMark {
  readonly held: Held;
  readonly place: Place;
}

function namesOf({ clientId, username }: Session): Pick<Session, 'clientId' | 'username'> {
  return { clientId, username };
}

const EMPTY = new Uint8Array();
// Every stream gets one, also while it is empty.
const NO_MARK = -1;
