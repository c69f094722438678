/**
 * Writes batches to files, one file at a time: begins one, ends it when it is full or old, makes room. The files of one connection.
 *
 * What `write` resolved for is durable; after a rejection the writer is done with, and {@link openWriter} of the next one cuts what is
 * not whole. Pure parts: `rotation.ts` (when), `file-name.ts` (what name), `member.ts` (what bytes).
 */
import { isNoSpace } from '#gateway/journal/storage.ts';
import { WaystationError } from '#gateway/model/errors.ts';
import type { LinePacket } from './compose-line.ts';
import type { Drive } from './drive.ts';
import { composeName, type FileName, type FileOwner, parseName } from './file-name.ts';
import { type Codec, countWholeBytes, encodeMember } from './member.ts';
import { type FileLimits, isFinished, makeRoom, type OpenFile, type OwnFile, oldestFirst } from './rotation.ts';

/** What a writer goes by. */
export interface WriterOptions extends FileLimits {
  readonly drive: Drive;
  readonly owner: FileOwner;
  readonly codec: Codec;
}

/** What is known over all connections. */
export interface FileMemory {
  /** The number of the youngest file: a name never comes twice, also on a drive that was emptied. */
  lastCounter: number;
  /** The open file, as far as it was acknowledged. */
  part: Part | undefined;
}

/** The open file, with what its name says. */
interface Part extends OpenFile, FileName {}

const NOTHING = Buffer.alloc(0);

/**
 * Looks what is there, and ends what an earlier writer left behind: at the last line that was acknowledged, where that is known, else at
 * the last whole one.
 */
export async function openWriter(options: WriterOptions, memory: FileMemory): Promise<FileWriter> {
  const { drive, owner } = options;
  await drive.check();
  const whole: OwnFile[] = [];
  for (const { name, sizeBytes } of await drive.list((each) => parseName(owner, each) !== undefined)) {
    const parsed = parseName(owner, name);
    if (parsed === undefined) continue;
    memory.lastCounter = Math.max(memory.lastCounter, parsed.counter);
    const file = { name, counter: parsed.counter, sizeBytes };
    // What stands behind it was in doubt, and is written again: here it would be there twice.
    const acknowledgedBytes = memory.part?.name === name ? memory.part.sizeBytes : sizeBytes;
    const kept = parsed.isPart ? await endPart(options, file, parsed, Math.min(acknowledgedBytes, sizeBytes)) : file;
    if (kept !== undefined) whole.push(kept);
  }
  memory.part = undefined;
  return new FileWriter(options, whole, memory);
}

/** @returns undefined for one that held no whole line */
async function endPart(
  { drive, owner }: WriterOptions,
  file: OwnFile,
  parsed: FileName,
  maxBytes: number,
): Promise<OwnFile | undefined> {
  const read = (offset: number, length: number) => drive.read(file.name, offset, Math.min(length, maxBytes - offset));
  const sizeBytes = await countWholeBytes(parsed.codec, maxBytes, read);
  if (sizeBytes === 0) {
    await drive.remove([file.name]);
    return undefined;
  }
  await drive.write(file.name, sizeBytes, NOTHING);
  const name = composeName(owner.gatewayId, { ...parsed, isPart: false });
  await drive.rename(file.name, name);
  return { ...file, name, sizeBytes };
}

/** See the head of this file. Calls must not overlap. */
export class FileWriter {
  readonly #options: WriterOptions;
  #whole: readonly OwnFile[];
  readonly #memory: FileMemory;

  constructor(options: WriterOptions, whole: readonly OwnFile[], memory: FileMemory) {
    this.#options = options;
    this.#whole = whole;
    this.#memory = memory;
  }

  /** When the open file was begun, monotonic. */
  get openSinceMs(): number | undefined {
    return this.#memory.part?.sinceMs;
  }

  /**
   * Puts a batch at the end of the open file, or of a new one.
   *
   * @throws WaystationError `file.quotaReached` where there is no room, and none may be made
   */
  async write(batch: readonly LinePacket[], nowMs: number): Promise<void> {
    const bytes = await encodeMember(this.#options.codec, Buffer.concat(batch.map(({ line }) => line)));
    const memory = this.#memory;
    if (memory.part !== undefined && isFinished(this.#options, memory.part, nowMs, bytes.length)) await this.finish();
    const going = makeRoom(this.#options, this.#whole, memory.part, bytes.length);
    if (going === undefined) throw quotaReached(this.#options);
    await this.#remove(going);
    // Remembered before its first byte: nothing of a file counts that was never acknowledged.
    memory.part ??= this.#begin(batch[0]?.start ?? '', nowMs);
    const { part } = memory;
    while (!(await this.#hasWritten(part, bytes))) await this.#remove(oldestFirst(this.#whole).slice(0, 1));
    memory.part = { ...part, sizeBytes: part.sizeBytes + bytes.length };
  }

  /** Ends the open file. */
  async finish(): Promise<void> {
    const { part } = this.#memory;
    if (part === undefined) return;
    const { drive, owner } = this.#options;
    const name = composeName(owner.gatewayId, { ...part, isPart: false });
    await drive.rename(part.name, name);
    this.#memory.part = undefined;
    this.#whole = [...this.#whole, { name, counter: part.counter, sizeBytes: part.sizeBytes }];
  }

  #begin(start: string, sinceMs: number): Part {
    const { owner, codec } = this.#options;
    const counter = ++this.#memory.lastCounter;
    const named = { label: owner.label, start, counter, codec, isPart: true };
    return { ...named, name: composeName(owner.gatewayId, named), sizeBytes: 0, sinceMs };
  }

  /** @returns false where the drive is full, and a file may go for it */
  async #hasWritten({ name, sizeBytes }: Part, bytes: Buffer): Promise<boolean> {
    const { drive, whenFull } = this.#options;
    try {
      await drive.write(name, sizeBytes, bytes);
      return true;
    } catch (error) {
      // After a failed sync nothing says what became of these bytes: they go, as far as the drive lets them.
      const cut = sizeBytes === 0 ? drive.remove([name]) : drive.write(name, sizeBytes, NOTHING);
      await cut.catch(() => undefined);
      if (whenFull === 'deleteOldest' && this.#whole.length > 0 && isNoSpace(error)) return false;
      throw error;
    }
  }

  async #remove(files: readonly OwnFile[]): Promise<void> {
    if (files.length === 0) return;
    await this.#options.drive.remove(files.map(({ name }) => name));
    this.#whole = this.#whole.filter((file) => !files.includes(file));
  }
}

function quotaReached({ drive, maxTotalBytes }: WriterOptions): WaystationError {
  const text = `Writing to ${drive.directory}: the files there take the ${maxTotalBytes} bytes that they may.`;
  return new WaystationError('file.quotaReached', text);
}
