import type { Epoch } from '#gateway/model/message.ts';
import { parseEpoch } from '#gateway/model/names.ts';
import type { SlotCodec } from './slot-file.ts';
import { WireReader, wireTag } from './wire-reader.ts';
import { WIRE_FIXED64, WIRE_VARINT, WireWriter } from './wire-writer.ts';

/** What a cursor file keeps; see «Cursor» in `docs/journal-format.md`. */
export interface CursorPosition {
  readonly epoch: Epoch;
  readonly acknowledgedSequence: number;
  readonly forwardedSequence: number;
}

/** No stream comes this far; a cursor beyond would leave no numbers for what follows. */
const MAX_SEQUENCE = 2 ** 52;
const FIELD = { epoch: 1, acknowledgedSequence: 2, forwardedSequence: 3 } as const;

/** The body of a cursor file. */
export const CURSOR_CODEC: SlotCodec<CursorPosition> = {
  magic: Buffer.from([0xf7, 0x57, 0x53, 0x43]),
  encode(position) {
    const wire = new WireWriter(64);
    wire.fixed64(FIELD.epoch, position.epoch);
    wire.uint(FIELD.acknowledgedSequence, position.acknowledgedSequence);
    wire.uint(FIELD.forwardedSequence, position.forwardedSequence);
    return wire.message();
  },
  decode(body) {
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
  },
};
