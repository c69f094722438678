import type { OutgoingEntry } from '#gateway/broker/sessions/outgoing-queue.ts';
import type { RetainedMessages } from '#gateway/broker/sessions/retained-messages.ts';
import type { Session } from '#gateway/broker/sessions/session.ts';
import type { Sessions } from '#gateway/broker/sessions/sessions.ts';
import type { ClockRuns } from '#gateway/journal/clock-runs.ts';
import type { JournalStream } from '#gateway/journal/journal.ts';
import type { StateMap } from '#gateway/journal/state/state-map.ts';
import type { EventRecord, Message, Place, QoS, StoredRecord, StreamId } from '#gateway/model/message.ts';
import type { Clock } from '#gateway/runtime/clock.ts';
import { type LoadedSession, type LoadedState, loadState } from './load-state.ts';
import type { MapRecorder } from './map-recorder.ts';
import { replayTail } from './replay-tail.ts';
import { encodeSession, encodeVersion, type Mark, type StoredEntry, type StoredWill } from './state-codec.ts';
import { placeText, stateKeys } from './state-keys.ts';

/** What {@link restoreState} needs. */
export interface RestoreOptions {
  readonly map: StateMap;
  readonly recorder: MapRecorder;
  readonly sessions: Sessions;
  readonly retained: RetainedMessages;
  readonly streams: readonly Pick<JournalStream, 'id' | 'epoch' | 'syncedSequence' | 'oldestSequence' | 'read'>[];
  readonly clockRuns: ClockRuns;
  readonly clock: Clock;
}

/** What there was. */
export interface Restored {
  readonly sessionCount: number;
  readonly queuedCount: number;
  readonly retainedCount: number;
  /** Records beyond the marks that were fanned out again. */
  readonly replayedCount: number;
  /** Records beyond the marks that are gone. */
  readonly lostCount: number;
  /** Values that could not be read. */
  readonly strangeCount: number;
  /** Of clients that were connected when the process ended, by their numbers; in the order in which they were left. */
  readonly wills: ReadonlyMap<number, StoredWill>;
}

/**
 * Puts everything back as it was: first what the state holds, then what the data streams hold beyond the marks, fanned out again in
 * memory. What the state says of records that are not there any more is mended, so that no later record with the same sequence
 * is taken for one of them. The cases are in `docs/sessions.md`.
 *
 * @throws WaystationError `journal.unknownFormat`, `journal.failed`
 */
export async function restoreState(options: RestoreOptions): Promise<Restored> {
  const loaded = await loadState(options.map);
  return new Restoration(options, loaded).run();
}

class Restoration {
  readonly #options: RestoreOptions;
  readonly #loaded: LoadedState;
  readonly #found = new Map<Session, LoadedSession>();
  readonly #synced: ReadonlyMap<string, number>;

  constructor(options: RestoreOptions, loaded: LoadedState) {
    this.#options = options;
    this.#loaded = loaded;
    this.#synced = new Map(options.streams.map(({ id, syncedSequence }) => [id, syncedSequence]));
  }

  async run(): Promise<Restored> {
    const { map, retained, recorder, streams, clockRuns, sessions } = this.#options;
    const { strange, version, wills } = this.#loaded;
    if (version === undefined) map.set(stateKeys.version, encodeVersion());
    for (const { key } of strange) map.delete(key);
    for (const { message, place } of this.#loaded.retained) {
      if (!retained.set(message, place)) recorder.retained(message.topic, undefined, undefined);
    }
    for (const number of [...this.#loaded.sessions.keys()].sort((one, other) => one - other)) this.#restore(number);
    const visit = (stored: StoredRecord) => this.#fanOutAgain(stored);
    const replayed = await replayTail({ streams, marks: this.#startMarks(), clockRuns, visit });
    this.#forgetDone();
    recorder.restored(this.#marksKept(), Math.max(0, ...wills.keys()) + 1);
    let queuedCount = 0;
    for (const session of sessions) queuedCount += session.outgoing.length;
    return {
      ...{ sessionCount: sessions.count, queuedCount, retainedCount: retained.count },
      ...{ replayedCount: replayed.recordCount, lostCount: replayed.lostCount, strangeCount: strange.length },
      wills: new Map([...wills].sort(([one], [other]) => one - other)),
    };
  }

  /** A stream that has no mark was none of ours at the last start: nobody was promised anything of what it holds. */
  #startMarks(): Map<string, Mark> {
    const marks = new Map<string, Mark>();
    for (const { id, epoch, syncedSequence } of this.#options.streams) {
      marks.set(id, this.#loaded.marks.get(id) ?? { epoch, sequence: syncedSequence });
    }
    return marks;
  }

  /** Those that are right as they stand in the map. */
  #marksKept(): Map<StreamId, number> {
    const kept = new Map<StreamId, number>();
    for (const { id, epoch, syncedSequence } of this.#options.streams) {
      const mark = this.#loaded.marks.get(id);
      if (mark?.epoch === epoch && mark.sequence <= syncedSequence) kept.set(id, mark.sequence);
    }
    return kept;
  }

  #restore(number: number): void {
    const { sessions, recorder, map } = this.#options;
    const loaded = this.#loaded.sessions.get(number);
    if (loaded === undefined) return;
    const { stored, keys, subscriptions } = loaded;
    if (stored === undefined) {
      // What an ended session held, or one whose own value is damaged.
      for (const key of keys) map.delete(key);
      map.delete(stateKeys.session(number));
      return;
    }
    const { clientId, username, awayMs } = stored;
    // Cannot be, as one ends with the write that begins the other.
    const older = sessions.find(clientId);
    if (older !== undefined) sessions.end(older);
    const session = sessions.restore({ clientId, username, isPersistent: true }, subscriptions, awayMs);
    this.#found.set(session, loaded);
    const struck = this.#restoreQueue(session, loaded);
    for (const [packetId, place] of loaded.inbound) {
      // The record went with the power: the client sends it again, and it must not pass for known.
      if (this.#isThere(place)) session.inbound.set(packetId, place);
      else {
        keys.delete(stateKeys.inbound(number, packetId));
        map.delete(stateKeys.inbound(number, packetId));
      }
    }
    const since = stored.since.map((place) => this.#within(place));
    if (since.some((place, index) => place !== stored.since[index])) {
      map.set(stateKeys.session(number), encodeSession({ clientId, username, since, awayMs }));
    }
    recorder.adopt(session, number, { since, keys, awayMs });
    for (const entry of struck) recorder.queued(session, entry);
  }

  /**
   * Whatever stands before a message that was sent was sent too, and must be sent again before it.
   *
   * @returns those whose record is gone: written down anew, or the next start would take another record for it
   */
  #restoreQueue(session: Session, { entries }: LoadedSession): readonly OutgoingEntry[] {
    const struck: OutgoingEntry[] = [];
    const numbers = [...entries.keys()].sort((one, other) => one - other);
    const lastSent = numbers.findLast((number) => entries.get(number)?.packetId !== undefined) ?? -1;
    const taken = new Set(Array.from(entries.values(), ({ packetId }) => packetId));
    let freeId = 1;
    for (const number of numbers) {
      const entry = entries.get(number);
      if (entry === undefined) continue;
      if (number < lastSent && entry.packetId === undefined) while (taken.has(freeId)) freeId++;
      const packetId = entry.packetId ?? (number < lastSent ? freeId++ : undefined);
      const restored = this.#entryOf(number, entry, packetId);
      session.outgoing.restore(restored);
      if (restored.place !== entry.place) struck.push(restored);
    }
    session.outgoing.disconnected();
    return struck;
  }

  #entryOf(number: number, entry: StoredEntry, packetId: number | undefined): OutgoingEntry {
    const { message, place, qos, isReleased, isRetained, ageMs } = entry;
    return {
      ...{ number, message, place: this.#isThere(place) ? place : undefined, qos, isRetained, packetId },
      queuedMs: this.#options.clock.monotonicMs() - ageMs,
      phase: isReleased ? 'released' : packetId === undefined ? 'queued' : 'sent',
      // With QoS 2 it is written down before it is sent; with QoS 1 nobody knows.
      isDuplicate: qos === 1 || packetId !== undefined,
    };
  }

  /** A record that the marks have not passed: all that it changes, less what is known to have been changed already. */
  #fanOutAgain({ stream, sequence, record, firstLost }: StoredRecord): void {
    if (firstLost !== undefined || record.clientId === JOURNAL_CLIENT) return;
    const place = { stream, sequence };
    let copy: Message | undefined;
    const message = () => (copy ??= messageOf(record));
    if (record.isRetained) this.#retainAgain(message(), place);
    if (record.qos === 0) return;
    if (record.qos === 2) this.#receiveAgain(record, place);
    const { sessions } = this.#options;
    for (const { session, qos: granted } of sessions.match(record.topic)) {
      const qos: QoS = granted < record.qos ? granted : record.qos;
      if (qos > 0 && !this.#hadBefore(session, place)) this.#queueAgain(session, message(), place, qos);
    }
  }

  #retainAgain(message: Message, place: Place): void {
    const { retained, recorder } = this.#options;
    const isKept = retained.set(message, place);
    recorder.retained(message.topic, isKept ? message : undefined, place);
  }

  /** Its client will send it again unless PUBREC has reached it, and then it is a duplicate. */
  #receiveAgain({ clientId, packetId }: EventRecord, place: Place): void {
    const session = this.#options.sessions.find(clientId);
    const loaded = session && this.#found.get(session);
    if (packetId === undefined || session === undefined || loaded?.stored === undefined) return;
    const began = loaded.stored.since.find(({ stream }) => stream === place.stream);
    // Of an earlier session, or none: its packet ids say nothing about those of this one.
    if (began !== undefined && place.sequence <= this.#within(began).sequence) return;
    if (loaded.released.has(placeText(place.stream, place.sequence))) return;
    session.inbound.set(packetId, place);
    this.#options.recorder.received(session, packetId, place);
  }

  #hadBefore(session: Session, { stream, sequence }: Place): boolean {
    const loaded = this.#found.get(session);
    if (loaded === undefined) return false;
    loaded.places ??= placesOf(loaded);
    const text = placeText(stream, sequence);
    return loaded.places.has(text) || loaded.completed.has(text);
  }

  #queueAgain(session: Session, message: Message, place: Place, qos: QoS): void {
    const { clock, recorder } = this.#options;
    const entry = session.outgoing.add({ message, place, qos, isRetained: false, queuedMs: clock.monotonicMs() });
    // Full, as it would have been.
    if (entry === undefined) return;
    entry.isDuplicate = qos === 1;
    recorder.queued(session, entry);
  }

  /** What was remembered until the marks passed it: they pass everything now. */
  #forgetDone(): void {
    const { map } = this.#options;
    for (const [number, { released, completed, keys }] of this.#loaded.sessions) {
      for (const [kind, places] of [
        ['c', released],
        ['d', completed],
      ] as const) {
        for (const place of places) {
          const key = `${kind}/${number.toString(36)}/${place}`;
          keys.delete(key);
          map.delete(key);
        }
      }
    }
  }

  /** Whether the record of a place is there; a message without one needs none. */
  #isThere(place: Place | undefined): boolean {
    if (place === undefined) return true;
    const synced = this.#synced.get(place.stream);
    return synced === undefined || place.sequence <= synced;
  }

  #within(place: Place): Place {
    const synced = this.#synced.get(place.stream) ?? place.sequence;
    return place.sequence <= synced ? place : { stream: place.stream, sequence: synced };
  }
}

/** Publishes nothing: it tells readers of the journal about the journal. */
const JOURNAL_CLIENT = '@journal';

function placesOf({ entries }: LoadedSession): Set<string> {
  const places = new Set<string>();
  for (const { place } of entries.values())
    if (place !== undefined) places.add(placeText(place.stream, place.sequence));
  return places;
}

/** As it was published, with a payload of its own: that of a record is a piece of a whole frame. */
function messageOf(record: EventRecord): Message {
  const { stamp: _, asset: __, unknownFields: ___, ...message } = record;
  const payload = Buffer.allocUnsafeSlow(record.payload.length);
  payload.set(record.payload);
  return { ...message, payload };
}
