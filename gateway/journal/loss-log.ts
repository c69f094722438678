import type { Epoch } from '#gateway/model/message.ts';
import { parseEpoch } from '#gateway/model/names.ts';
import type { LossReason, LostRange } from './journal.ts';
import { MAX_LOSS_RANGES } from './limits.ts';
import type { StreamPlace } from './load-segment.ts';
import { clippedTo, type LostRanges, newlyLost, withLost } from './lost-ranges.ts';
import { type SlotCodec, SlotFile, type SlotPlace } from './slot-file.ts';
import { isStorageError } from './storage.ts';
import { WireReader, wireTag } from './wire-reader.ts';
import { WIRE_DELIMITED, WIRE_FIXED64, WIRE_VARINT, WireWriter } from './wire-writer.ts';

/** The file in the folder of a stream. */
export const LOSS_LOG_NAME = 'losses';

/** What one stream has lost for good, and why; in memory, and in a slot file beside the segments [J5, J9]. */
export class LossLog {
  readonly #place: StreamPlace;
  readonly #file: SlotFile<LostRanges>;
  #ranges: LostRanges;
  #written: LostRanges | undefined;
  #writing: Promise<void> = Promise.resolve();

  private constructor(place: StreamPlace, file: SlotFile<LostRanges>, written: LostRanges | undefined) {
    this.#place = place;
    this.#file = file;
    this.#ranges = written ?? [];
    this.#written = written;
  }

  /** Opens the log, and makes its file if there is room: when something must be written there may be none. */
  static async open(place: StreamPlace & Pick<SlotPlace, 'makeRoom'>): Promise<LossLog> {
    const { file, state, value, putAway } = await SlotFile.load({ ...place, name: LOSS_LOG_NAME }, LOSS_CODEC);
    const { stream, logger } = place;
    if (state === 'damaged') logger.error({ stream, putAway }, 'The list of what was lost is damaged. It starts anew.');
    const log = new LossLog(place, file, value);
    if (state !== 'intact') await log.#flushOrWarn();
    return log;
  }

  /** What is known, in order. */
  get ranges(): LostRanges {
    return this.#ranges;
  }

  /** Resolves when it is durable that `range` is lost. @throws a storage error; the range is known then, until the end of the process */
  async add(range: LostRange): Promise<void> {
    this.#note(range);
    await this.#flush();
  }

  /** Notes a loss that was found; it is written down if the disk allows it, else later. */
  async report(range: LostRange): Promise<void> {
    if (this.#note(range)) await this.#flushOrWarn();
  }

  /**
   * Why the records from `from` to `to`, which a reader did not find, are not there. What the log does not know yet is damage.
   * Resolves when that is durable: then a cursor may pass it [J10].
   *
   * @throws a storage error; it may be that the whole disk is away, and nothing damaged
   */
  async explain(from: number, to: number, epoch: Epoch): Promise<LostRanges> {
    await this.add({ from, to, epoch, reason: 'damaged' });
    return clippedTo(this.#ranges, from, to);
  }

  async close(): Promise<void> {
    if (this.#written !== this.#ranges) await this.#flushOrWarn();
    await this.#file.close();
  }

  /** @returns whether that is news */
  #note(range: LostRange): boolean {
    const { stream, logger } = this.#place;
    const parts = newlyLost(this.#ranges, range);
    this.#ranges = parts.length === 0 ? this.#ranges : withLost(this.#ranges, parts);
    // What retention removes is said there.
    for (const { from, to, reason } of parts.filter((part) => part.reason === 'damaged' || part.reason === 'epoch')) {
      logger.error({ stream, from, to, reason }, 'Records are lost.');
    }
    return parts.length > 0;
  }

  #flush(): Promise<void> {
    const written = this.#writing.then(async () => {
      const ranges = this.#ranges;
      if (ranges === this.#written) return;
      await this.#file.write(ranges);
      this.#written = ranges;
    });
    this.#writing = written.catch(() => undefined);
    return written;
  }

  async #flushOrWarn(): Promise<void> {
    try {
      await this.#flush();
    } catch (error) {
      if (!isStorageError(error)) throw error;
      const { stream, logger } = this.#place;
      logger.warn({ stream, error }, 'The list of what was lost could not be written; it is tried again.');
    }
  }
}

const REASONS = ['quota', 'age', 'damaged', 'epoch'] as const satisfies readonly LossReason[];
const LOG = { range: 1 } as const;
const RANGE = { from: 1, to: 2, epoch: 3, reason: 4 } as const;
/** Three tags and numbers, an epoch, a reason. */
const RANGE_BYTES = 32;

/** The body of a loss log. */
export const LOSS_CODEC: SlotCodec<LostRanges> = {
  magic: Buffer.from([0xf7, 0x57, 0x53, 0x4c]),
  encode(ranges) {
    const wire = new WireWriter(ranges.length * RANGE_BYTES);
    for (const { from, to, epoch, reason } of ranges) {
      const start = wire.beginMessage(LOG.range, RANGE_BYTES);
      wire.uint(RANGE.from, from);
      wire.uint(RANGE.to, to);
      wire.fixed64(RANGE.epoch, epoch);
      wire.uint(RANGE.reason, REASONS.indexOf(reason) + 1);
      wire.endMessage(start, RANGE_BYTES);
    }
    return wire.message();
  },
  decode(body) {
    const ranges: LostRange[] = [];
    const read = new WireReader(body);
    while (read.next()) {
      if (read.tag !== wireTag(LOG.range, WIRE_DELIMITED)) {
        read.skip();
        continue;
      }
      const range = decodeRange(read.bytes());
      if (range === undefined || range.from <= (ranges.at(-1)?.to ?? 0)) return undefined;
      ranges.push(range);
    }
    return read.rejection === undefined && ranges.length <= MAX_LOSS_RANGES ? ranges : undefined;
  },
};

function decodeRange(body: Buffer): LostRange | undefined {
  let from = 0;
  let to = 0;
  let epoch: Epoch | undefined;
  let reason: LossReason | undefined;
  const read = new WireReader(body);
  while (read.next()) {
    if (read.tag === wireTag(RANGE.from, WIRE_VARINT)) from = read.uint();
    else if (read.tag === wireTag(RANGE.to, WIRE_VARINT)) to = read.uint();
    else if (read.tag === wireTag(RANGE.epoch, WIRE_FIXED64)) epoch = parseEpoch(read.fixed64());
    else if (read.tag === wireTag(RANGE.reason, WIRE_VARINT)) reason = REASONS[read.uint() - 1];
    else read.skip();
  }
  if (read.rejection !== undefined || epoch === undefined || reason === undefined || from > to) return undefined;
  return { from, to, epoch, reason };
}
