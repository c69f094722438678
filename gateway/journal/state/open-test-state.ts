import { MemoryStorage } from '#gateway/journal/memory-storage.ts';
import { openTestJournal, sampleRecord, type TestJournal } from '#gateway/journal/open-test-journal.ts';
import { openStateMap } from './open-state-map.ts';
import type { StateMap } from './state-map.ts';

/** A map on the journal of tests, in segments of 16 KiB. */
export interface TestState extends TestJournal<MemoryStorage> {
  readonly state: StateMap;
  /** What was there at the opening, as text. */
  readonly found: ReadonlyMap<string, string>;
}

/** Opens a journal and a map on it. The minimum of its log is small, so that it is kept short soon. */
export async function openTestState(
  storage = new MemoryStorage(),
  options: { readonly seed?: number; readonly minLogBytes?: number } = {},
): Promise<TestState> {
  const { minLogBytes = 4 * SEGMENT_BYTES, ...rest } = options;
  const test = await openTestJournal(storage, { segmentBytes: SEGMENT_BYTES, ...rest });
  const stream = await test.journal.openState();
  const stamp = () => sampleRecord('').stamp;
  const state = await openStateMap({ ...test, stream, stamp, minLogBytes });
  const found = new Map<string, string>();
  await state.load((key, value) => found.set(key, value.toString()));
  return { ...test, state, found };
}

/** Resolves when what was changed so far is durable; rejects with why it is not. */
export function settled(state: StateMap): Promise<void> {
  return new Promise((resolve, reject) => {
    state.settle((error) => (error === undefined ? resolve() : reject(error)));
  });
}

const SEGMENT_BYTES = 16_384;
