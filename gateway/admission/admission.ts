/**
 * Admission decides, per message, whether it is worth keeping and in which stream, and puts it there.
 *
 * It never touches the network, never delivers anything, and never holds a message back: what the journal says is passed on.
 * Start reading here; the decision itself is `stream-router.ts`.
 */
import type { JournalStream } from '#gateway/journal/journal.ts';
import type { Done, Message, Place, Stamp, StreamId } from '#gateway/model/message.ts';
import { StreamRouter, type StreamRule } from './stream-router.ts';

/** The tap in front of the broker's fan-out. */
export interface Admission {
  /**
   * Stamps the message and appends it to the stream of its topic.
   * `done` comes at once when the topic belongs to no stream or the QoS is 0 (but see {@link MAX_UNAWAITED}), else when the record is synced [B1, J1].
   * What the journal refuses (`journal.full`, `journal.failed`, …) reaches `done` unchanged; QoS 0 is not told [J7].
   *
   * @returns where the journal keeps it, or will; undefined when it is in no stream or was refused at once
   */
  admit(message: Message, done: Done): Place | undefined;
}

/** What {@link openAdmission} needs. */
export interface AdmissionOptions {
  /** In the order of the configuration: the first stream with a matching filter takes the topic. */
  readonly streams: readonly StreamRule[];
  readonly journal: AdmissionJournal;
  /** Now, asked per message. */
  readonly stamp: () => Stamp;
  /** What the gateway is mounted on. */
  readonly asset?: string;
}

/** The part of the journal that admission uses. */
export interface AdmissionJournal {
  stream(id: StreamId): Pick<JournalStream, 'append'>;
}

/**
 * QoS 0 messages that may wait for the disk at once. Beyond, a publisher is read no faster than the disk takes what it sends:
 * a flood would otherwise fill the journal's memory and have everybody refused.
 */
export const MAX_UNAWAITED = 1000;

/** @throws InvariantError if a stream is not in the journal */
export function openAdmission(options: AdmissionOptions): Admission {
  const { stamp, journal } = options;
  const router = new StreamRouter(options.streams);
  const lanes = new Map(options.streams.map(({ id }) => [id, journal.stream(id)]));
  /** QoS 0 messages that the disk has not taken yet. */
  let unsyncedCount = 0;
  const asset = options.asset === undefined ? {} : { asset: options.asset };

  return {
    admit(message, done) {
      const id = router.streamOf(message.topic);
      const stream = id === undefined ? undefined : lanes.get(id);
      if (id === undefined || stream === undefined) {
        done();
        return undefined;
      }
      const record = { ...message, ...asset, stamp: stamp() };
      if (message.qos > 0) return placeOf(id, stream.append(record, done));
      unsyncedCount++;
      const isAwaited = unsyncedCount > MAX_UNAWAITED;
      // QoS 0 is journaled as well as may be: the journal counts what it refuses, and the publisher is not told.
      const sequence = stream.append(record, () => {
        unsyncedCount--;
        if (isAwaited) done();
      });
      if (!isAwaited) done();
      return placeOf(id, sequence);
    },
  };
}

function placeOf(stream: StreamId, sequence: number): Place | undefined {
  return sequence === 0 ? undefined : { stream, sequence };
}
