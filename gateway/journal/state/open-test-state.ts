import { MemoryStorage } from '#gateway/journal/memory-storage.ts';
import { openTestJournal, sampleRecord, type TestJournal } from '#gateway/journal/open-test-journal.ts';
import { STATE_STREAM } from '#gateway/model/built-in-streams.ts';
import { FakeClock } from '#gateway/runtime/fake-clock.ts';
import { openStateMap, type StateMapOptions } from './open-state-map.ts';
import type { StateMap } from './state-map.ts';

/** A map on the journal of tests, in segments of 16 KiB. */
export interface TestState extends TestJournal<MemoryStorage> {
  readonly state: StateMap;
  /** What was there at the opening, as text. */
  readonly found: ReadonlyMap<string, string>;
}

/** What may be different. */
export interface TestStateOptions extends Pick<StateMapOptions, 'minLogBytes' | 'maxRecordBytes'> {
  readonly seed: number;
  readonly clock: FakeClock;
}

/** Opens a journal and a map on it. The minimum of its log is small, so that it is kept short soon. */
export async function openTestState(
  storage = new MemoryStorage(),
  options: Partial<TestStateOptions> = {},
): Promise<TestState> {
  const { seed = 1, ...bounds } = options;
  const clock = options.clock ?? new FakeClock();
  const test = await openTestJournal(storage, { segmentBytes: SEGMENT_BYTES, seed, clock });
  const stream = await test.journal.openBuiltIn(STATE_STREAM);
  const stamp = () => sampleRecord('').stamp;
  const state = await openStateMap({ ...test, stream, stamp, minLogBytes: 4 * SEGMENT_BYTES, ...bounds, clock });
  const found = new Map<string, string>();
  await state.load((key, value) => found.set(key, value.toString()));
  return { ...test, clock, state, found };
}

/** Resolves when what was changed so far is durable; rejects with why it is not. */
export function settled(state: StateMap): Promise<void> {
  return new Promise((resolve, reject) => {
    state.settle((error) => (error === undefined ? resolve() : reject(error)));
  });
}

const SEGMENT_BYTES = 16_384;
