import { CAN_FD_LENGTHS, type CanFrame } from '#devices/can/can-frame.ts';
import { readSlcanFrame, type SlcanFrameRejection } from './slcan-frame.ts';
import { decodeSlcanAnswer, type SlcanAnswer } from './slcan-item.ts';
import { SlcanLineCutter } from './slcan-lines.ts';

/** Whom a {@link SlcanParser} tells, in the order of the bytes. */
export interface SlcanHandler {
  /** Its data is overwritten afterwards: whoever keeps it copies it. */
  onFrame(frame: CanFrame): void;
  onAnswer?(answer: SlcanAnswer): void;
}

/**
 * Understands what an SLCAN adapter sends, in any chunking and in fixed memory. For whoever reads its port.
 *
 * Adapters differ in what they acknowledge (CANable answers a command with nothing at all), so no answer may be waited for.
 * @see Lawicel CANUSB manual 1.3
 */
export class SlcanParser {
  readonly #handler: SlcanHandler;
  readonly #rejections: Record<SlcanRejection, number> = {
    'not-a-frame': 0,
    'bad-hex': 0,
    'bad-id': 0,
    'bad-length': 0,
    'wrong-size': 0,
    'too-long': 0,
    'cut-short': 0,
  };
  readonly #cutter = new SlcanLineCutter({
    onLine: (bytes, start, end) => this.#take(bytes, start, end),
    onBell: (hadPartialLine) => {
      if (hadPartialLine) this.#rejections['cut-short']++;
      this.#handler.onAnswer?.({ kind: 'error' });
    },
    onOverlongLine: () => {
      this.#rejections['too-long']++;
    },
  });

  /** For the data of a frame, by its length code: a bus makes thousands a second. */
  readonly #scratch = CAN_FD_LENGTHS.map((length) => new Uint8Array(length));

  constructor(handler: SlcanHandler) {
    this.#handler = handler;
  }

  /** How many lines were refused so far, by reason. */
  get rejections(): Readonly<Record<SlcanRejection, number>> {
    return this.#rejections;
  }

  /** Takes the next bytes as they came and hands on what they complete. */
  push(chunk: Uint8Array): void {
    this.#cutter.push(chunk);
  }

  /** The stream has ended: what has no ending of its own is complete. */
  flush(): void {
    this.#cutter.flush();
  }

  #take(bytes: Uint8Array, start: number, end: number): void {
    const frame = readSlcanFrame(bytes, start, end, this.#scratch);
    if (typeof frame !== 'string') {
      this.#handler.onFrame(frame);
      return;
    }
    // A line of words may begin with the letter of a frame: firmware names itself by a hash.
    const answer = decodeSlcanAnswer(bytes.subarray(start, end));
    if (answer.isDecoded) this.#handler.onAnswer?.(answer.value);
    else this.#rejections[frame]++;
  }
}

/** Why a line was refused. `cut-short`: a bell came before its end. */
export type SlcanRejection = SlcanFrameRejection | 'too-long' | 'cut-short';
