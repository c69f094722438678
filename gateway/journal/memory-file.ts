/** Sectors reach a disk whole and in any order. */
const SECTOR_BYTES = 512;
/** Files take up space in these. */
export const BLOCK_BYTES = 4096;

/** One file of a `MemoryStorage`: what the system shows of it, and what the disk has for certain. */
export class MemoryFile {
  #current: GrowingBytes;
  #durable: GrowingBytes;
  /** Not known to be on the disk, in the order written. */
  #pending: PendingWrite[] = [];
  /** What the last write wrote over. */
  #replaced: Fragment | undefined;
  #broken = { from: 0, to: 0 };

  constructor(content: Buffer = Buffer.alloc(0)) {
    this.#current = new GrowingBytes(content);
    this.#durable = this.#current.fork();
  }

  /** What a reader sees. Tests set it to play a disk that decays. */
  get content(): Buffer {
    return this.#current.view();
  }

  set content(content: Buffer) {
    this.#current = new GrowingBytes(content);
    this.#durable = this.#current.fork();
    this.#pending = [];
  }

  get blockCount(): number {
    return Math.ceil(this.#current.sizeBytes / BLOCK_BYTES);
  }

  /** From now on the disk does not give these bytes any more, `to` not among them, whatever is written there. */
  breakBytes(from: number, to: number): void {
    this.#broken = { from, to };
  }

  /** @returns whether there was one */
  breakSector(random: () => number): boolean {
    const from = SECTOR_BYTES * Math.floor((random() * this.content.length) / SECTOR_BYTES);
    this.breakBytes(from, from + SECTOR_BYTES);
    return this.content.length > 0;
  }

  /** Whether a read fails. */
  isBroken(offset: number, sizeBytes: number): boolean {
    return offset < this.#broken.to && offset + sizeBytes > this.#broken.from;
  }

  /** @param isStale whether the disk gives what was there before the last write */
  read(target: Uint8Array, offset: number, isStale = false): number {
    const bytes = this.content.subarray(offset, offset + target.length);
    target.set(bytes);
    if (isStale && this.#replaced !== undefined) {
      overwrite({ bytes: Buffer.from(target.buffer, target.byteOffset, bytes.length), offset }, this.#replaced);
    }
    return bytes.length;
  }

  /** @param isLost whether the bytes never leave the system's cache, whatever is synced */
  write(bytes: Uint8Array, offset: number, isLost = false): void {
    const write = { bytes: keep(bytes), offset, isForsaken: isLost };
    this.#replaced = { bytes: this.#current.copy(offset, bytes.length), offset };
    this.#pending.push(write);
    this.#current.apply(write);
  }

  /** Bytes meant for another place end up here, where nobody sees them as long as the system remembers what it wrote. */
  misplace(bytes: Uint8Array, random: () => number): void {
    const offset = SECTOR_BYTES * Math.floor((random() * this.#durable.sizeBytes) / SECTOR_BYTES);
    this.#durable.apply({ bytes: Buffer.from(bytes), offset });
  }

  /** @returns whether there was one */
  flipBit(random: () => number): boolean {
    const bytes = this.content;
    if (bytes.length === 0) return false;
    const offset = Math.floor(random() * bytes.length);
    const flipped = Buffer.of((bytes[offset] ?? 0) ^ (1 << Math.floor(random() * 8)));
    this.#current.apply({ bytes: flipped, offset });
    this.#durable.apply({ bytes: flipped, offset });
    return true;
  }

  /** @returns what must be called when the sync has succeeded, or failed, for the writes made so far */
  beginSync(): { readonly succeed: () => void; readonly fail: () => void } {
    const covered = new Set(this.#pending.filter((write) => !write.isForsaken));
    return {
      succeed: () => {
        this.#pending = this.#pending.filter((write) => !covered.has(write));
        for (const write of covered) {
          this.#durable.apply(write);
          for (const older of this.#pending) if (older.isForsaken) older.bytes = overwritten(older, write);
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
    const survivor = new MemoryFile();
    survivor.#current = this.#durable.fork();
    const fragments = this.#pending.flatMap((write) => surviving(write, random));
    for (const fragment of fragments) survivor.#current.apply(fragment);
    survivor.#durable = survivor.#current.fork();
    survivor.#broken = this.#broken;
    return survivor;
  }
}

/** Bytes that are written in place; a hole before them reads as zeros. */
class GrowingBytes {
  sizeBytes: number;
  #buffer: Buffer;
  /** Whether others look at the same buffer: it is copied before it changes. */
  #isShared = false;

  constructor(content: Buffer) {
    this.#buffer = Buffer.from(content);
    this.sizeBytes = content.length;
  }

  /** The same bytes, that go their own way from here on. */
  fork(): GrowingBytes {
    const fork = new GrowingBytes(NOTHING);
    fork.#buffer = this.#buffer;
    fork.sizeBytes = this.sizeBytes;
    fork.#isShared = true;
    this.#isShared = true;
    return fork;
  }

  view(): Buffer {
    return this.#buffer.subarray(0, this.sizeBytes);
  }

  /** What stands there, with zeros behind the end. Not to be changed. */
  copy(offset: number, sizeBytes: number): Buffer {
    if (offset >= this.sizeBytes && sizeBytes <= ZEROS.length) return ZEROS.subarray(0, sizeBytes);
    const copy = Buffer.alloc(sizeBytes);
    this.view().subarray(offset).copy(copy);
    return copy;
  }

  /** @param fragment its bytes must never change */
  apply({ bytes, offset }: Fragment): void {
    const end = offset + bytes.length;
    if (offset === 0 && end >= this.sizeBytes) {
      this.#buffer = bytes;
      this.sizeBytes = end;
      this.#isShared = true;
      return;
    }
    if (end > this.#buffer.length) this.#copyTo(Math.max(end, 2 * this.#buffer.length));
    else if (this.#isShared) this.#copyTo(this.#buffer.length);
    bytes.copy(this.#buffer, offset);
    this.sizeBytes = Math.max(this.sizeBytes, end);
  }

  #copyTo(capacityBytes: number): void {
    const copy = Buffer.alloc(capacityBytes);
    this.#buffer.copy(copy, 0, 0, this.sizeBytes);
    this.#buffer = copy;
    this.#isShared = false;
  }
}

/** A copy that never changes. Zeros, and the same large bytes again and again, have one for all: memory is what takes time here. */
function keep(bytes: Uint8Array): Buffer {
  if (bytes.length <= ZEROS.length && ZEROS.subarray(0, bytes.length).equals(bytes))
    return ZEROS.subarray(0, bytes.length);
  if (bytes.length < LARGE_BYTES) return Buffer.from(bytes);
  if (!lastLarge.equals(bytes)) lastLarge = Buffer.from(bytes);
  return lastLarge;
}

const NOTHING = Buffer.alloc(0);
const LARGE_BYTES = 64 * 1024;
const ZEROS = Buffer.alloc(LARGE_BYTES);
let lastLarge: Buffer = NOTHING;

interface PendingWrite {
  bytes: Buffer;
  readonly offset: number;
  /** Its sync failed: later syncs do not cover it any more. */
  isForsaken: boolean;
}

type Fragment = Readonly<Pick<PendingWrite, 'bytes' | 'offset'>>;

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

/** Where two writes overlap, a disk never goes back to the older one. @returns the bytes of the older one then */
function overwritten(older: Fragment, newer: Fragment): Buffer {
  const bytes = Buffer.from(older.bytes);
  overwrite({ bytes, offset: older.offset }, newer);
  return bytes;
}

function overwrite(older: Fragment, newer: Fragment): void {
  const start = Math.max(older.offset, newer.offset);
  const end = Math.min(older.offset + older.bytes.length, newer.offset + newer.bytes.length);
  if (start < end) newer.bytes.copy(older.bytes, start - older.offset, start - newer.offset, end - newer.offset);
}
