import type { Epoch } from '#gateway/model/message.ts';
import { parseEpoch } from '#gateway/model/names.ts';
import type { AcknowledgedRange } from './journal.ts';
import { MAX_CURSOR_RANGES, MAX_FILTER_STATE_BYTES } from './limits.ts';
import type { SlotCodec } from './slot-file.ts';
import { WireReader, wireTag } from './wire-reader.ts';
import { WIRE_DELIMITED, WIRE_FIXED64, WIRE_VARINT, WireWriter } from './wire-writer.ts';

/** What a cursor file keeps; see «Cursor» in `docs/journal-format.md`. */
export interface CursorPosition {
  readonly epoch: Epoch;
  readonly acknowledgedSequence: number;
  readonly forwardedSequence: number;
  readonly ranges: readonly AcknowledgedRange[];
  readonly filterState?: Uint8Array;
}

/** The last record that the sink has, or has been sent: the stream has come at least so far. */
export function reachOf({ acknowledgedSequence, forwardedSequence, ranges }: CursorPosition): number {
  return Math.max(acknowledgedSequence, forwardedSequence, ranges.at(-1)?.to ?? 0);
}

/** No stream comes this far; a cursor beyond would leave no numbers for what follows. */
const MAX_SEQUENCE = 2 ** 52;
const FIELD = { epoch: 1, acknowledgedSequence: 2, forwardedSequence: 3, range: 4, filterState: 5 } as const;
const RANGE = { from: 1, to: 2, forwardedSequence: 3 } as const;
/** Three tags and numbers. */
const RANGE_BYTES = 27;

/** The body of a cursor file. */
export const CURSOR_CODEC: SlotCodec<CursorPosition> = {
  magic: Buffer.from([0xf7, 0x57, 0x53, 0x43]),
  isLarge: true,
  encode(position) {
    const wire = new WireWriter(64);
    wire.fixed64(FIELD.epoch, position.epoch);
    wire.uint(FIELD.acknowledgedSequence, position.acknowledgedSequence);
    wire.uint(FIELD.forwardedSequence, position.forwardedSequence);
    for (const { from, to, forwardedSequence } of position.ranges) {
      const start = wire.beginMessage(FIELD.range, RANGE_BYTES);
      wire.uint(RANGE.from, from);
      wire.uint(RANGE.to, to);
      wire.uint(RANGE.forwardedSequence, forwardedSequence);
      wire.endMessage(start, RANGE_BYTES);
    }
    if (position.filterState !== undefined) wire.bytes(FIELD.filterState, position.filterState);
    return wire.message();
  },
  decode(body) {
    let epoch: Epoch | undefined;
    let acknowledgedSequence = 0;
    let forwardedSequence = 0;
    let filterState: Uint8Array | undefined;
    const ranges: AcknowledgedRange[] = [];
    const read = new WireReader(body);
    while (read.next()) {
      if (read.tag === wireTag(FIELD.epoch, WIRE_FIXED64)) epoch = parseEpoch(read.fixed64());
      else if (read.tag === wireTag(FIELD.acknowledgedSequence, WIRE_VARINT)) acknowledgedSequence = read.uint();
      else if (read.tag === wireTag(FIELD.forwardedSequence, WIRE_VARINT)) forwardedSequence = read.uint();
      else if (read.tag === wireTag(FIELD.range, WIRE_DELIMITED)) ranges.push(decodeRange(read.bytes()));
      else if (read.tag === wireTag(FIELD.filterState, WIRE_DELIMITED)) filterState = Buffer.from(read.bytes());
      else read.skip();
    }
    const ends = [acknowledgedSequence, ...ranges.flatMap(({ from, to }) => [from - 1, to])];
    const isRising = ends.every((end, index) => index === 0 || end >= (ends[index - 1] ?? 0));
    const isBounded =
      forwardedSequence <= MAX_SEQUENCE &&
      ranges.every((range) => range.forwardedSequence <= range.to) &&
      ranges.length <= MAX_CURSOR_RANGES &&
      (filterState?.length ?? 0) <= MAX_FILTER_STATE_BYTES;
    if (read.rejection !== undefined || epoch === undefined || (ends.at(-1) ?? 0) > MAX_SEQUENCE) return undefined;
    if (!isRising || !isBounded) return undefined;
    const state = filterState === undefined ? {} : { filterState };
    return { epoch, acknowledgedSequence, forwardedSequence, ranges, ...state };
  },
};

function decodeRange(body: Buffer): AcknowledgedRange {
  let from = 0;
  let to = 0;
  let forwardedSequence = 0;
  const read = new WireReader(body);
  while (read.next()) {
    if (read.tag === wireTag(RANGE.from, WIRE_VARINT)) from = read.uint();
    else if (read.tag === wireTag(RANGE.to, WIRE_VARINT)) to = read.uint();
    else if (read.tag === wireTag(RANGE.forwardedSequence, WIRE_VARINT)) forwardedSequence = read.uint();
    else read.skip();
  }
  // A range that ends before it begins is refused with the cursor.
  return read.rejection === undefined ? { from, to, forwardedSequence } : { from: 0, to: -1, forwardedSequence: 0 };
}
