import { crc32 } from 'node:zlib';
import { invariant } from '#gateway/model/errors.ts';
import { putAway } from './put-away.ts';
import { readAround } from './read-around.ts';
import { UNFINISHED_SUFFIX } from './segment.ts';
import { readInteger, writeInteger } from './segment-header.ts';
import { isNoFile, isNoSpace, isNotPermitted, isStorageError, type Storage, type StorageFile } from './storage.ts';

/** How a value stands in a slot. */
export interface SlotCodec<T> {
  /** Four bytes that tell the kinds of slot files apart. */
  readonly magic: Buffer;
  /** At most {@link SLOT_BODY_BYTES}, or {@link LARGE_SLOT_BODY_BYTES} where `isLarge`. */
  encode(value: T): Uint8Array;
  /** Whether values may outgrow a slot: there are two large ones behind the others then. */
  readonly isLarge?: true;
  /** @returns undefined for a body that is not to be believed, although its checksum holds */
  decode(body: Buffer): T | undefined;
}

/** A file that was looked for at the start. */
export interface LoadedSlot<T> {
  readonly file: SlotFile<T>;
  /** `missing`: nobody has made it yet; the first write will. */
  readonly state: 'intact' | 'damaged' | 'missing';
  /** Where that is now which lay in its place and is no file: a folder, a pipe, a link. */
  readonly putAway?: string;
  readonly value?: T;
}

/**
 * A small value that survives any crash: two slots, written in turn, so that the one being written is never the one to fall back
 * on [J10]. The file is allocated with its first write; after that, writing needs no space. Values that may be larger have two
 * large slots behind these, which take space with their first use: a value is put where it fits, by turns in either pair, so that
 * none is ever written over the last.
 */
export class SlotFile<T> {
  readonly #storage: Storage;
  readonly #folder: string;
  readonly #name: string;
  readonly #makeRoom: SlotPlace['makeRoom'];
  readonly #codec: SlotCodec<T>;
  #isMade: boolean;
  #file: StorageFile | undefined;
  /** Of the next write: above all that may be on the disk, and of the other kind than the last that is known to be durable. */
  #generation: number;

  private constructor(place: SlotPlace, codec: SlotCodec<T>, isMade: boolean, generation: number) {
    this.#storage = place.storage;
    this.#folder = place.folder;
    this.#name = place.name;
    this.#makeRoom = place.makeRoom;
    this.#codec = codec;
    this.#isMade = isMade;
    this.#generation = generation;
  }

  /** Looks for the newer of the two slots that hold. A disk that cannot read them has damaged them. */
  static async load<T>(place: SlotPlace, codec: SlotCodec<T>): Promise<LoadedSlot<T>> {
    try {
      const newest = await loadNewestSlot(place, codec);
      const file = new SlotFile(place, codec, true, (newest?.generation ?? 0) + 1);
      return newest === undefined ? { file, state: 'damaged' } : { file, state: 'intact', value: newest.value };
    } catch (error) {
      if (!isStorageError(error) || isNotPermitted(error)) throw error;
      if (isNoFile(error)) return await SlotFile.#loadNone(place, codec);
      const isMissing = error.code === 'ENOENT';
      return { file: new SlotFile(place, codec, !isMissing, 1), state: isMissing ? 'missing' : 'damaged' };
    }
  }

  /** What is no file makes room for one: else nothing could ever be written here. */
  static async #loadNone<T>(place: SlotPlace, codec: SlotCodec<T>): Promise<LoadedSlot<T>> {
    const unmade = { file: SlotFile.unmade(place, codec), state: 'damaged' } as const;
    try {
      return { ...unmade, putAway: await putAway(place.storage, place.folder, place.name) };
    } catch (error) {
      if (!isStorageError(error)) throw error;
      return unmade;
    }
  }

  /** A file that is known not to be there: the first write makes it. */
  static unmade<T>(place: SlotPlace, codec: SlotCodec<T>): SlotFile<T> {
    return new SlotFile(place, codec, false, 1);
  }

  /** Resolves when `value` is durable. After a rejection the one before it still is. */
  async write(value: T): Promise<void> {
    const generation = this.#generation;
    const slot = encodeSlot(this.#sealedName, this.#codec, value, generation);
    // A write that fails may be on the disk all the same: the next one counts more, and leaves the last durable one alone as well.
    this.#generation += 2;
    try {
      await this.#put(slot, slotOffset(generation, slot.length));
    } catch (error) {
      if (!isNoSpace(error) || !(await this.#makeRoom?.())) throw error;
      await this.#put(slot, slotOffset(generation, slot.length));
    }
    this.#isMade = true;
    this.#generation = generation + 1;
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }

  #put(slot: Buffer, offset: number): Promise<void> {
    return this.#isMade ? this.#overwrite(slot, offset) : this.#make(slot, offset);
  }

  async #overwrite(slot: Buffer, offset: number): Promise<void> {
    try {
      this.#file ??= await this.#storage.open(this.#path, 'update');
    } catch (error) {
      // The disk would not say at the start whether there is one.
      if (!isStorageError(error) || error.code !== 'ENOENT') throw error;
      return await this.#make(slot, offset);
    }
    try {
      await this.#file.write(slot, offset);
      await this.#file.datasync();
    } catch (error) {
      await this.close().catch(() => undefined);
      throw error;
    }
  }

  async #make(slot: Buffer, offset: number): Promise<void> {
    const unfinished = `${this.#path}${UNFINISHED_SUFFIX}`;
    const file = await this.#storage.open(unfinished, 'create');
    try {
      const blocks = Buffer.alloc(slot.length <= SLOT_BYTES ? 2 * SLOT_BYTES : LARGE_FILE_BYTES);
      slot.copy(blocks, offset);
      await file.write(blocks, 0);
      await file.datasync();
    } finally {
      await file.close();
    }
    await this.#storage.rename(unfinished, this.#path);
    await this.#storage.syncDirectory(this.#folder);
  }

  get #path(): string {
    return `${this.#folder}/${this.#name}`;
  }

  get #sealedName(): string {
    return sealedName(this.#folder, this.#name);
  }
}

/** Where a slot file lies. */
export interface SlotPlace {
  readonly storage: Storage;
  readonly folder: string;
  readonly name: string;
  /** Called when the disk is full. @returns whether to try once more */
  readonly makeRoom?: () => Promise<boolean>;
}

interface Slot<T> {
  readonly generation: number;
  readonly value: T;
}

async function loadNewestSlot<T>(
  { storage, folder, name }: SlotPlace,
  codec: SlotCodec<T>,
): Promise<Slot<T> | undefined> {
  const file = await storage.open(`${folder}/${name}`, 'update');
  try {
    const sealed = sealedName(folder, name);
    const newest = await readNewestSlot(file, sealed, codec);
    if (newest === undefined) return undefined;
    // It may stand in the system's cache only, and the other slot is the next to be written over.
    try {
      const slot = encodeSlot(sealed, codec, newest.value, newest.generation);
      await file.write(slot, slotOffset(newest.generation, slot.length));
      await file.datasync();
    } catch (error) {
      // Some file systems need space even for that. What was read holds all the same, and nothing else can be written either.
      if (!isNoSpace(error)) throw error;
    }
    return newest;
  } finally {
    await file.close();
  }
}

async function readNewestSlot<T>(file: StorageFile, sealed: string, codec: SlotCodec<T>): Promise<Slot<T> | undefined> {
  const blocks = Buffer.alloc(codec.isLarge ? LARGE_FILE_BYTES : 2 * SLOT_BYTES);
  await readAround(file, blocks, 0);
  return SLOT_OFFSETS.filter((offset) => offset < blocks.length)
    .map((offset) => blocks.subarray(offset, offset + (offset < 2 * SLOT_BYTES ? SLOT_BYTES : LARGE_SLOT_BYTES)))
    .map((slot) => parseSlot(sealed, codec, slot))
    .reduce((a, b) => ((b?.generation ?? 0) > (a?.generation ?? 0) ? b : a));
}

export const SLOT_BYTES = 4096;
const SLOT_HEADER_BYTES = 24;
/** What a value may take. */
export const SLOT_BODY_BYTES = SLOT_BYTES - SLOT_HEADER_BYTES;
const CHECKSUM_OFFSET = 20;
const LARGE_SLOT_BYTES = 24 * 1024;
/** What a value may take that may be large. */
export const LARGE_SLOT_BODY_BYTES = LARGE_SLOT_BYTES - SLOT_HEADER_BYTES;
const LARGE_FILE_BYTES = 2 * SLOT_BYTES + 2 * LARGE_SLOT_BYTES;
const SLOT_OFFSETS = [0, SLOT_BYTES, 2 * SLOT_BYTES, 2 * SLOT_BYTES + LARGE_SLOT_BYTES];

function slotOffset(generation: number, sizeBytes: number): number {
  const turn = generation % 2;
  return sizeBytes <= SLOT_BYTES ? turn * SLOT_BYTES : 2 * SLOT_BYTES + turn * LARGE_SLOT_BYTES;
}

function encodeSlot<T>(sealed: string, codec: SlotCodec<T>, value: T, generation: number): Buffer {
  const body = codec.encode(value);
  const maxBytes = codec.isLarge ? LARGE_SLOT_BODY_BYTES : SLOT_BODY_BYTES;
  invariant(body.length <= maxBytes, 'A value fits its slot.');
  const slot = Buffer.alloc(SLOT_HEADER_BYTES + body.length);
  codec.magic.copy(slot, 0);
  writeInteger(slot, generation, 8);
  slot.writeUInt32LE(body.length, 16);
  slot.set(body, SLOT_HEADER_BYTES);
  slot.writeUInt32LE(checksum(sealed, slot), CHECKSUM_OFFSET);
  return slot;
}

function parseSlot<T>(sealed: string, codec: SlotCodec<T>, slot: Buffer): Slot<T> | undefined {
  const end = SLOT_HEADER_BYTES + slot.readUInt32LE(16);
  if (!slot.subarray(0, codec.magic.length).equals(codec.magic) || end > slot.length) return undefined;
  if (checksum(sealed, slot.subarray(0, end)) !== slot.readUInt32LE(CHECKSUM_OFFSET)) return undefined;
  const generation = readInteger(slot, 8);
  const value = codec.decode(slot.subarray(SLOT_HEADER_BYTES, end));
  return generation === undefined || value === undefined ? undefined : { generation, value };
}

/** The last two parts of the path: a file that was moved onto another's name is not believed there. */
function sealedName(folder: string, name: string): string {
  return `${folder.slice(folder.lastIndexOf('/') + 1)}/${name}`;
}

function checksum(sealed: string, slot: Buffer): number {
  return crc32(slot.subarray(SLOT_HEADER_BYTES), crc32(slot.subarray(0, CHECKSUM_OFFSET), crc32(sealed)));
}
