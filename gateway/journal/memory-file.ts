/** Sectors reach a disk whole and in any order. */
const SECTOR_BYTES = 512;

/** One file of a `MemoryStorage`: what the system shows of it, and what the disk has for certain. */
export class MemoryFile {
  #current: GrowingBytes;
  #durable: GrowingBytes;
  /** Not known to be on the disk, in the order written. */
  #pending: PendingWrite[] = [];

  constructor(content: Buffer = Buffer.alloc(0)) {
    this.#current = new GrowingBytes(content);
    this.#durable = new GrowingBytes(content);
  }

  /** What a reader sees. Tests set it to play a disk that decays. */
  get content(): Buffer {
    return this.#current.view();
  }

  set content(content: Buffer) {
    this.#current = new GrowingBytes(content);
    this.#durable = new GrowingBytes(content);
    this.#pending = [];
  }

  read(target: Uint8Array, offset: number): number {
    const bytes = this.content.subarray(offset, offset + target.length);
    target.set(bytes);
    return bytes.length;
  }

  write(bytes: Uint8Array, offset: number): void {
    const write = { bytes: Buffer.from(bytes), offset, isForsaken: false };
    this.#pending.push(write);
    this.#current.apply(write);
  }

  /** @returns what must be called when the sync has succeeded, or failed, for the writes made so far */
  beginSync(): { readonly succeed: () => void; readonly fail: () => void } {
    const covered = this.#pending.filter((write) => !write.isForsaken);
    return {
      succeed: () => {
        this.#pending = this.#pending.filter((write) => !covered.includes(write));
        for (const write of covered) {
          this.#durable.apply(write);
          for (const older of this.#pending) if (older.isForsaken) overwrite(older, write);
        }
      },
      fail: () => {
        for (const write of covered) write.isForsaken = true;
      },
    };
  }

  /**
   * What is there after a power cut: the synced bytes, and of each other write all, nothing, a prefix, or some sectors, whatever
   * became of those before it.
   */
  afterPowerCut(random: () => number): MemoryFile {
    const found = new GrowingBytes(this.#durable.view());
    const fragments = this.#pending.flatMap((write) => surviving(write, random));
    for (const fragment of fragments) found.apply(fragment);
    return new MemoryFile(found.view());
  }
}

/** Bytes that are written in place; a hole before them reads as zeros. */
class GrowingBytes {
  #buffer: Buffer;
  #sizeBytes: number;

  constructor(content: Buffer) {
    this.#buffer = Buffer.from(content);
    this.#sizeBytes = content.length;
  }

  view(): Buffer {
    return this.#buffer.subarray(0, this.#sizeBytes);
  }

  apply({ bytes, offset }: Fragment): void {
    const end = offset + bytes.length;
    if (end > this.#buffer.length) {
      const grown = Buffer.alloc(2 * end);
      this.#buffer.copy(grown);
      this.#buffer = grown;
    }
    bytes.copy(this.#buffer, offset);
    this.#sizeBytes = Math.max(this.#sizeBytes, end);
  }
}

interface PendingWrite {
  readonly bytes: Buffer;
  readonly offset: number;
  /** Its sync failed: later syncs do not cover it any more. */
  isForsaken: boolean;
}

type Fragment = Pick<PendingWrite, 'bytes' | 'offset'>;

function surviving(write: Fragment, random: () => number): readonly Fragment[] {
  const fate = random();
  if (fate < 0.25) return [];
  if (fate < 0.5) return [write];
  if (fate < 0.75)
    return [{ bytes: write.bytes.subarray(0, Math.floor(random() * write.bytes.length)), offset: write.offset }];
  return sectors(write).filter(() => random() < 0.5);
}

function sectors({ bytes, offset }: Fragment): readonly Fragment[] {
  const parts: Fragment[] = [];
  for (let start = 0; start < bytes.length; ) {
    const end = Math.min(bytes.length, start + SECTOR_BYTES - ((offset + start) % SECTOR_BYTES));
    parts.push({ bytes: bytes.subarray(start, end), offset: offset + start });
    start = end;
  }
  return parts;
}

/** Where two writes overlap, a disk never goes back to the older one. */
function overwrite(older: Fragment, newer: Fragment): void {
  const start = Math.max(older.offset, newer.offset);
  const end = Math.min(older.offset + older.bytes.length, newer.offset + newer.bytes.length);
  if (start < end) newer.bytes.copy(older.bytes, start - older.offset, start - newer.offset, end - newer.offset);
}
