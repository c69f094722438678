import { MemoryStorage } from '#gateway/journal/memory-storage.ts';
import { openTestJournal, sampleRecord, type TestJournal } from '#gateway/journal/open-test-journal.ts';
import { WaystationError } from '#gateway/model/errors.ts';
import type { Epoch, EventRecord, StoredRecord, StreamId } from '#gateway/model/message.ts';
import { FakeClock } from '#gateway/runtime/fake-clock.ts';
import type { DeadLetterStore } from '#gateway/sinks/dead-letters/dead-letter-store.ts';
import type { RefusedEvent } from '#gateway/sinks/dead-letters/dead-letters.ts';
import { openDeadLetters } from '#gateway/sinks/dead-letters/open-dead-letters.ts';

/** Dead letters on the journal of tests. */
export interface TestLetters extends TestJournal<MemoryStorage> {
  readonly store: DeadLetterStore;
  /** What was buried since the opening. */
  readonly buried: RefusedEvent[];
}

/** What may be different. */
export interface TestLettersOptions {
  readonly maxBytes: number;
  readonly seed: number;
  readonly clock: FakeClock;
}

/** Opens a journal and the dead letters on it; their quota is 1 MiB unless stated. */
export async function openTestLetters(
  storage = new MemoryStorage(),
  { maxBytes = 2 ** 20, seed = 1, clock = new FakeClock() }: Partial<TestLettersOptions> = {},
): Promise<TestLetters> {
  const test = await openTestJournal(storage, { seed, clock });
  const buried: RefusedEvent[] = [];
  const stamp = () => ({ ...sampleRecord('').stamp, monotonicMs: clock.monotonicMs() });
  const onBuried = (event: RefusedEvent) => void buried.push(event);
  const store = await openDeadLetters({ ...test, clock, maxBytes, stamp, onBuried });
  return { ...test, clock, store, buried };
}

/** An event of the stream `telemetry` that a sink will not take. */
export function refused(sequence: number, fields: RefusedFields = {}): RefusedEvent {
  const { sink = 'hub', attempts = 1, reason = 'it says no', payload = `event ${sequence}`, ...record } = fields;
  return {
    ...{ sink, attempts, stored: storedEvent(sequence, payload, record) },
    error: new WaystationError('hub.rejectedEvent', reason),
  };
}

/** What may be different. */
export interface RefusedFields extends Partial<Omit<EventRecord, 'payload'>> {
  readonly sink?: string;
  readonly attempts?: number;
  readonly reason?: string;
  readonly payload?: string;
}

/** Brands are only types: these are a slug and 16 hex digits. */
function storedEvent(sequence: number, payload: string, fields: Partial<EventRecord>): StoredRecord {
  const record = sampleRecord(payload, fields);
  return { stream: 'telemetry' as StreamId, epoch: '00000000000000aa' as Epoch, sequence, record };
}

/** The id of the letter of {@link refused}. */
export function idOf(sequence: number, sink = 'hub'): string {
  return `${sink}/telemetry/00000000000000aa/${sequence}`;
}
