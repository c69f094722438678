import { invariant } from '#gateway/model/errors.ts';
import type { EventRecord, StoredRecord, StreamId } from '#gateway/model/message.ts';
import { parseStreamId } from '#gateway/model/names.ts';
import { FakeClock } from '#gateway/runtime/fake-clock.ts';
import { FakeDiskCounters } from '#gateway/runtime/fake-disk-counters.ts';
import { MemoryLogger } from '#gateway/runtime/memory-logger.ts';
import { FRAME_HEADER_BYTES, FRAME_MAGIC } from './frame.ts';
import type { JournalStream, StatefulJournal } from './journal.ts';
import { RESERVE_BYTES } from './limits.ts';
import { type OpenJournalOptions, openJournal } from './open-journal.ts';
import { FRAMES_OFFSET } from './segment-header.ts';
import type { Storage } from './storage.ts';

/** A journal with one stream `telemetry` in `/data/journal`, for tests: fake clock, seeded random, uncompressed unless asked. */
export async function openTestJournal<S extends Storage>(
  storage: S,
  options: Partial<OpenJournalOptions> & { readonly seed?: number } = {},
): Promise<TestJournal<S>> {
  const clock = new FakeClock();
  const logger = new MemoryLogger();
  const journal = await openJournal({
    directory: TEST_DIRECTORY,
    storage,
    clock,
    logger,
    random: seededBytes(seededRandom(options.seed ?? 1)),
    streams: [{ id: TELEMETRY }],
    compress: false,
    diskCounters: new FakeDiskCounters(),
    ...options,
  });
  return { journal, stream: journal.stream(TELEMETRY), clock, logger, storage };
}

/** What {@link openTestJournal} gives. */
export interface TestJournal<S extends Storage> {
  readonly storage: S;
  readonly journal: StatefulJournal;
  readonly stream: JournalStream;
  readonly clock: FakeClock;
  readonly logger: MemoryLogger;
}

export const TEST_DIRECTORY = '/data/journal';
export const TELEMETRY = streamId('telemetry');

/** Where the segment with this number lies. */
export function testSegmentPath(number: number): string {
  return `${TEST_DIRECTORY}/streams/telemetry/${String(number).padStart(16, '0')}.segment`;
}

/** Where each frame of a segment file without damage ends. */
export function frameEndsOf(image: Buffer): readonly number[] {
  const ends: number[] = [];
  for (let offset = FRAMES_OFFSET; image.subarray(offset).indexOf(FRAME_MAGIC) === 0; ) {
    offset += FRAME_HEADER_BYTES + image.readUInt32LE(offset + 24);
    ends.push(offset);
  }
  return ends;
}

/** A record that can be told from others by its payload. */
export function sampleRecord(text: string, fields: Partial<EventRecord> = {}): EventRecord {
  return {
    topic: 'devices/gps0/position',
    payload: Buffer.from(text),
    qos: 1,
    isRetained: false,
    isDuplicate: false,
    clientId: '@gps0',
    stamp: { wallMs: 1_795_185_845_200, monotonicMs: 1234.567, clockRun: '0123456789abcdef', quality: 'ntp' },
    ...fields,
  };
}

/** Appends and waits for the answer. @returns the sequence */
export function append(stream: JournalStream, text: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const sequence = stream.append(sampleRecord(text), (error) => (error ? reject(error) : resolve(sequence)));
  });
}

/** Everything that can be read, from `from` on, a few records at a time. */
export async function readAll(stream: JournalStream, from = 1): Promise<readonly StoredRecord[]> {
  const records: StoredRecord[] = [];
  for (let next = from; next <= stream.syncedSequence; ) {
    const part = await stream.read(next, { maxEvents: 7, maxBytes: 65_536 });
    records.push(...part.records);
    next = part.nextSequence;
  }
  return records;
}

/** The payloads of records, as text. */
export function textsOf(records: readonly StoredRecord[]): readonly string[] {
  return records.map(({ record }) => Buffer.from(record.payload).toString());
}

/** Uniform in [0, 1), the same for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Random bytes out of random numbers. Those of the reserve are always the same: drawing them takes longer than opening a journal. */
export function seededBytes(random: () => number): (count: number) => Uint8Array {
  return (count) => (count === RESERVE_BYTES ? RESERVE : drawBytes(random, count));
}

function drawBytes(random: () => number, count: number): Uint8Array {
  const words = new Uint32Array(Math.ceil(count / 4));
  for (let index = 0; index < words.length; index++) words[index] = Math.floor(random() * 2 ** 32);
  return new Uint8Array(words.buffer, 0, count);
}

const RESERVE = drawBytes(seededRandom(1), RESERVE_BYTES);

export function streamId(text: string): StreamId {
  const id = parseStreamId(text);
  invariant(id !== undefined, `${text} is a slug.`);
  return id;
}
