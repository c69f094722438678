import { type CandumpRecord, type CandumpRejection, MAX_CANDUMP_LINE_CHARS, parseCandumpLine } from './candump.ts';

const LF = 0x0a;
const CR = 0x0d;

/** Reads the frames of a `candump -l` log out of its bytes, in any chunking and in the memory of one line. For whoever reads the file. */
export class CandumpReader {
  readonly #line = Buffer.alloc(MAX_CANDUMP_LINE_CHARS + 1);
  #sizeBytes = 0;
  readonly #rejections: Record<CandumpRejection, number> = {
    'too-long': 0,
    'not-a-record': 0,
    'fd-unsupported': 0,
    'error-frame': 0,
    'bad-id': 0,
    'bad-data': 0,
    'bad-length': 0,
  };

  /** How many lines were refused so far, by reason. Empty lines are none. */
  get rejections(): Readonly<Record<CandumpRejection, number>> {
    return this.#rejections;
  }

  /** The frames whose lines end in this chunk. */
  push(chunk: Uint8Array): readonly CandumpRecord[] {
    const records: CandumpRecord[] = [];
    for (const byte of chunk) {
      if (byte === LF || byte === CR) this.#endLine(records);
      // One byte more than a line may have is kept, so that an overlong one is known for what it is.
      else if (this.#sizeBytes < this.#line.length) this.#line[this.#sizeBytes++] = byte;
    }
    return records;
  }

  /** The frame that the end of the log leaves without a line ending. */
  flush(): readonly CandumpRecord[] {
    const records: CandumpRecord[] = [];
    this.#endLine(records);
    return records;
  }

  #endLine(records: CandumpRecord[]): void {
    if (this.#sizeBytes === 0) return;
    const record = parseCandumpLine(this.#line.toString('latin1', 0, this.#sizeBytes));
    this.#sizeBytes = 0;
    if (record.isDecoded) records.push(record.value);
    else this.#rejections[record.reason]++;
  }
}
