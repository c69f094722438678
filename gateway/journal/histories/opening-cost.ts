import { BLOCK_BYTES } from '#gateway/journal/memory-file.ts';
import type { MemoryStorage } from '#gateway/journal/memory-storage.ts';
import { TEST_DIRECTORY } from '#gateway/journal/open-test-journal.ts';
import { HEADER_COPY_BYTES } from '#gateway/journal/segment-header.ts';
import { STREAM_NAMES } from './history.ts';
import { Violation } from './violation.ts';

/** What a start may read: a little of each file, and the segment that is written on of each stream [J11]. */
export class OpeningCost {
  readonly #storage: MemoryStorage;
  readonly #readBytes: number;
  readonly #allowedBytes: number;

  /** Looks at the disk before the start. */
  constructor(storage: MemoryStorage) {
    this.#storage = storage;
    this.#readBytes = storage.readBytes;
    const segmentBlocks = STREAM_NAMES.map((name) => Math.max(0, ...storage.blockCounts(`${STREAMS}/${name}`)));
    // All that the clock was is known from the start on; it is bounded by itself.
    const clockBlocks = storage.blockCounts(`${STREAMS}/clock`);
    const blocks = [...segmentBlocks, ...clockBlocks].reduce((sum, count) => sum + READS_PER_BLOCK * count, 0);
    this.#allowedBytes = BYTES_PER_FILE * storage.blockCounts(TEST_DIRECTORY).length + BLOCK_BYTES * blocks;
  }

  /** Looks at what has been read since. @throws Violation */
  check(): void {
    const readBytes = this.#storage.readBytes - this.#readBytes;
    if (readBytes <= this.#allowedBytes) return;
    throw new Violation('J11', `a start read ${readBytes} bytes, allowed are ${this.#allowedBytes}`);
  }
}

const STREAMS = `${TEST_DIRECTORY}/streams`;
/** Header, its copy and footer of a segment; two slots of a cursor or a list of losses. */
const BYTES_PER_FILE = 2 * BLOCK_BYTES + HEADER_COPY_BYTES;
/** To find the end of the frames, and to write again what was perhaps never synced. */
const READS_PER_BLOCK = 2;
