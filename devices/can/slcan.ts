import { type Decoded, decoded, rejected } from '#devices/decoded.ts';
import type { CanFrame } from './can-frame.ts';
import { decodeSlcanFrame, encodeSlcanFrame, type SlcanFrameRejection } from './slcan-frame.ts';
import { SlcanLineCutter } from './slcan-lines.ts';

/**
 * Understands what an SLCAN adapter sends, in any chunking and in fixed memory. For whoever reads its port.
 *
 * Adapters differ in what they acknowledge (CANable answers a command with nothing at all), so no item may be waited for.
 * @see Lawicel CANUSB manual 1.3
 */
export class SlcanParser {
  readonly #rejections: Record<SlcanRejection, number> = {
    'not-a-frame': 0,
    'fd-unsupported': 0,
    'bad-hex': 0,
    'bad-id': 0,
    'bad-length': 0,
    'wrong-size': 0,
    'too-long': 0,
    'cut-short': 0,
  };
  #items: SlcanItem[] = [];
  readonly #cutter = new SlcanLineCutter({
    onLine: (line) => this.#take(decodeSlcanItem(line)),
    onBell: (hadPartialLine) => {
      if (hadPartialLine) this.#rejections['cut-short']++;
      this.#items.push({ kind: 'error' });
    },
    onOverlongLine: () => {
      this.#rejections['too-long']++;
    },
  });

  /** How many lines were refused so far, by reason. */
  get rejections(): Readonly<Record<SlcanRejection, number>> {
    return this.#rejections;
  }

  /** Takes the next bytes as they came and gives what they complete. */
  push(chunk: Uint8Array): readonly SlcanItem[] {
    this.#items = [];
    this.#cutter.push(chunk);
    return this.#items;
  }

  #take(result: Decoded<SlcanItem, SlcanRejection>): void {
    if (result.isDecoded) this.#items.push(result.value);
    else this.#rejections[result.reason]++;
  }
}

/** One thing an adapter says. */
export type SlcanItem =
  | { readonly kind: 'frame'; readonly frame: CanFrame }
  /** CR alone: a command was carried out. */
  | { readonly kind: 'ok' }
  /** BEL: a command was refused. */
  | { readonly kind: 'error' }
  /** The adapter took a frame to transmit. */
  | { readonly kind: 'sent'; readonly isExtended: boolean }
  | { readonly kind: 'version'; readonly text: string }
  | { readonly kind: 'serial'; readonly text: string }
  /** Bits of `F`: 0 receive queue full, 1 transmit queue full, 2 error warning, 3 overrun, 5 error passive, 6 arbitration lost, 7 bus error. */
  | { readonly kind: 'status'; readonly flags: number };

/** Why a line was refused. `cut-short`: a bell came before its end. */
export type SlcanRejection = SlcanFrameRejection | 'too-long' | 'cut-short';

/** Reads one line without its CR. */
function decodeSlcanItem(line: Uint8Array): Decoded<SlcanItem, SlcanRejection> {
  if (line.length === 0) return decoded({ kind: 'ok' });
  const frame = decodeSlcanFrame(line);
  if (frame.isDecoded) return decoded({ kind: 'frame', frame: frame.value });
  if (frame.reason !== 'not-a-frame') return frame;
  const text = Buffer.from(line).toString('latin1');
  if (text === 'z' || text === 'Z') return decoded({ kind: 'sent', isExtended: text === 'Z' });
  if (VERSION.test(text)) return decoded({ kind: 'version', text: text.slice(1) });
  if (SERIAL.test(text)) return decoded({ kind: 'serial', text: text.slice(1) });
  if (STATUS.test(text)) return decoded({ kind: 'status', flags: Number.parseInt(text.slice(1), 16) });
  return rejected('not-a-frame');
}

const VERSION = /^[Vv][\x20-\x7e]{1,32}$/;
const SERIAL = /^N[\x20-\x7e]{1,32}$/;
const STATUS = /^F[0-9A-Fa-f]{2}$/;

/** The inverse of {@link SlcanParser}: what an adapter sends, for a simulated one. */
export function encodeSlcanItem(item: SlcanItem, options: { readonly withTimestamp?: boolean } = {}): Uint8Array {
  switch (item.kind) {
    case 'frame':
      return encodeSlcanFrame(item.frame, options);
    case 'ok':
      return Buffer.from('\r');
    case 'error':
      return Buffer.from('\x07');
    case 'sent':
      return Buffer.from(item.isExtended ? 'Z\r' : 'z\r');
    case 'version':
      return Buffer.from(`V${item.text}\r`, 'latin1');
    case 'serial':
      return Buffer.from(`N${item.text}\r`, 'latin1');
    case 'status':
      return Buffer.from(`F${item.flags.toString(16).toUpperCase().padStart(2, '0')}\r`);
  }
}
