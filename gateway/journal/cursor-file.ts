import { crc32 } from 'node:zlib';
import type { Epoch } from '#gateway/model/message.ts';
import { parseEpoch } from '#gateway/model/names.ts';
import { UNFINISHED_SUFFIX } from './segment.ts';
import { readInteger, writeInteger } from './segment-header.ts';
import { isNoSpace, isNotPermitted, isStorageError, type Storage, type StorageFile } from './storage.ts';
import { WireReader, wireTag } from './wire-reader.ts';
import { WIRE_FIXED64, WIRE_VARINT, WireWriter } from './wire-writer.ts';

/** What a cursor file keeps; see «Cursor file» in `docs/journal-format.md`. */
export interface CursorPosition {
  readonly epoch: Epoch;
  readonly acknowledgedSequence: number;
  readonly forwardedSequence: number;
}

/**
 * A small value that survives any crash: two slots, written in turn, so that the one being written is never the one to fall back
 * on [J10]. The file is allocated once; writing needs no space.
 */
export class CursorFile {
  readonly #storage: Storage;
  readonly #path: string;
  readonly #name: string;
  #file: StorageFile | undefined;
  /** Of the last write that is known to be durable. */
  #generation: number;

  private constructor(storage: Storage, folder: string, name: string, generation: number) {
    this.#storage = storage;
    this.#path = `${folder}/${name}`;
    this.#name = name;
    this.#generation = generation;
  }

  /** Makes a file that holds `position`, durable when this resolves. */
  static async create(storage: Storage, folder: string, name: string, position: CursorPosition): Promise<CursorFile> {
    const path = `${folder}/${name}`;
    const file = await storage.open(`${path}${UNFINISHED_SUFFIX}`, 'create');
    try {
      const blocks = Buffer.alloc(2 * SLOT_BYTES);
      encodeSlot(name, position, 1).copy(blocks, slotOffset(1));
      await file.write(blocks, 0);
      await file.datasync();
    } finally {
      await file.close();
    }
    await storage.rename(`${path}${UNFINISHED_SUFFIX}`, path);
    await storage.syncDirectory(folder);
    return new CursorFile(storage, folder, name, 1);
  }

  /** @returns the newer of the two slots that hold; no position if neither does, or if the disk cannot read them */
  static async load(storage: Storage, folder: string, name: string): Promise<LoadedCursor> {
    try {
      const newest = await loadNewestSlot(storage, folder, name);
      return { file: new CursorFile(storage, folder, name, newest?.generation ?? 0), position: newest?.position };
    } catch (error) {
      if (!isStorageError(error) || isNotPermitted(error)) throw error;
      return { file: new CursorFile(storage, folder, name, 0), position: undefined };
    }
  }

  /** Resolves when `position` is durable. After a rejection the one before it still is. */
  async write(position: CursorPosition): Promise<void> {
    const generation = this.#generation + 1;
    this.#file ??= await this.#storage.open(this.#path, 'update');
    try {
      await this.#file.write(encodeSlot(this.#name, position, generation), slotOffset(generation));
      await this.#file.datasync();
    } catch (error) {
      await this.close().catch(() => undefined);
      throw error;
    }
    this.#generation = generation;
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }
}

/** A file that was there at the start. */
export interface LoadedCursor {
  readonly file: CursorFile;
  readonly position: CursorPosition | undefined;
}

interface Slot {
  readonly generation: number;
  readonly position: CursorPosition;
}

async function loadNewestSlot(storage: Storage, folder: string, name: string): Promise<Slot | undefined> {
  const file = await storage.open(`${folder}/${name}`, 'update');
  try {
    const blocks = Buffer.alloc(2 * SLOT_BYTES);
    await file.read(blocks, 0);
    const slots = [blocks.subarray(0, SLOT_BYTES), blocks.subarray(SLOT_BYTES)].map((slot) => parseSlot(name, slot));
    const newest = slots.reduce((a, b) => ((b?.generation ?? 0) > (a?.generation ?? 0) ? b : a));
    if (newest !== undefined) {
      // It may stand in the system's cache only, and the other slot is the next to be written over.
      try {
        await file.write(encodeSlot(name, newest.position, newest.generation), slotOffset(newest.generation));
        await file.datasync();
      } catch (error) {
        // Some file systems need space even for that. What was read holds all the same, and nothing else can be written either.
        if (!isNoSpace(error)) throw error;
      }
    }
    return newest;
  } finally {
    await file.close();
  }
}

export const SLOT_BYTES = 4096;

const MAGIC = Buffer.from([0xf7, 0x57, 0x53, 0x43]);
/** No stream comes this far; a cursor beyond would leave no numbers for what follows. */
const MAX_SEQUENCE = 2 ** 52;
const SLOT_HEADER_BYTES = 24;
const CHECKSUM_OFFSET = 20;
const FIELD = { epoch: 1, acknowledgedSequence: 2, forwardedSequence: 3 } as const;

function slotOffset(generation: number): number {
  return (generation % 2) * SLOT_BYTES;
}

function encodeSlot(name: string, position: CursorPosition, generation: number): Buffer {
  const wire = new WireWriter(64);
  wire.fixed64(FIELD.epoch, position.epoch);
  wire.uint(FIELD.acknowledgedSequence, position.acknowledgedSequence);
  wire.uint(FIELD.forwardedSequence, position.forwardedSequence);
  const body = wire.message();
  const slot = Buffer.alloc(SLOT_HEADER_BYTES + body.length);
  MAGIC.copy(slot, 0);
  writeInteger(slot, generation, 8);
  slot.writeUInt32LE(body.length, 16);
  body.copy(slot, SLOT_HEADER_BYTES);
  slot.writeUInt32LE(checksum(name, slot), CHECKSUM_OFFSET);
  return slot;
}

function parseSlot(name: string, slot: Buffer): Slot | undefined {
  const end = SLOT_HEADER_BYTES + slot.readUInt32LE(16);
  if (!slot.subarray(0, MAGIC.length).equals(MAGIC) || end > slot.length) return undefined;
  if (checksum(name, slot.subarray(0, end)) !== slot.readUInt32LE(CHECKSUM_OFFSET)) return undefined;
  const generation = readInteger(slot, 8);
  const position = decodePosition(slot.subarray(SLOT_HEADER_BYTES, end));
  return generation === undefined || position === undefined ? undefined : { generation, position };
}

function decodePosition(body: Buffer): CursorPosition | undefined {
  let epoch: Epoch | undefined;
  let acknowledgedSequence = 0;
  let forwardedSequence = 0;
  const read = new WireReader(body);
  while (read.next()) {
    if (read.tag === wireTag(FIELD.epoch, WIRE_FIXED64)) epoch = parseEpoch(read.fixed64());
    else if (read.tag === wireTag(FIELD.acknowledgedSequence, WIRE_VARINT)) acknowledgedSequence = read.uint();
    else if (read.tag === wireTag(FIELD.forwardedSequence, WIRE_VARINT)) forwardedSequence = read.uint();
    else read.skip();
  }
  if (read.rejection !== undefined || epoch === undefined || acknowledgedSequence > MAX_SEQUENCE) return undefined;
  return { epoch, acknowledgedSequence, forwardedSequence };
}

/** Over the file's name, so that the cursor of another stream is none here, and the slot without the checksum. */
function checksum(name: string, slot: Buffer): number {
  return crc32(slot.subarray(SLOT_HEADER_BYTES), crc32(slot.subarray(0, CHECKSUM_OFFSET), crc32(name)));
}
