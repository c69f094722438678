import type { CanFrame } from '#devices/can/can-frame.ts';
import { type Decoded, decoded, rejected } from '#devices/decoded.ts';
import { encodeSlcanFrame } from './slcan-frame.ts';

/** One thing an adapter says. */
export type SlcanItem = { readonly kind: 'frame'; readonly frame: CanFrame } | SlcanAnswer;

/** What an adapter says of itself and of commands. */
export type SlcanAnswer =
  /** CR alone: a command was carried out. */
  | { readonly kind: 'ok' }
  /** BEL: a command was refused. */
  | { readonly kind: 'error' }
  /** The adapter took a frame to transmit. */
  | { readonly kind: 'sent'; readonly isExtended: boolean }
  | { readonly kind: 'version'; readonly text: string }
  | { readonly kind: 'serial'; readonly text: string }
  /** Bits of `F`, {@link SLCAN_STATUS_FLAGS}. */
  | { readonly kind: 'status'; readonly flags: number }
  /** A line of words: CANable answers `V` and `E` so. */
  | { readonly kind: 'text'; readonly text: string };

/**
 * What the bits of `F` say, by their number. `busError` alone is no state: it happened since the last question.
 *
 * @see Lawicel CANUSB manual 1.3, section 2.2, command F
 */
export const SLCAN_STATUS_FLAGS = {
  receiveQueueFull: 0x01,
  transmitQueueFull: 0x02,
  errorWarning: 0x04,
  dataOverrun: 0x08,
  errorPassive: 0x20,
  arbitrationLost: 0x40,
  busError: 0x80,
} as const;

/** Reads one line without its CR that is no frame. */
export function decodeSlcanAnswer(line: Uint8Array): Decoded<SlcanAnswer, 'not-a-frame'> {
  if (line.length === 0) return decoded({ kind: 'ok' });
  const text = Buffer.from(line).toString('latin1');
  if (text === 'z' || text === 'Z') return decoded({ kind: 'sent', isExtended: text === 'Z' });
  if (VERSION.test(text)) return decoded({ kind: 'version', text: text.slice(1) });
  if (SERIAL.test(text)) return decoded({ kind: 'serial', text: text.slice(1) });
  if (STATUS.test(text)) return decoded({ kind: 'status', flags: Number.parseInt(text.slice(1), 16) });
  return TEXT.test(text) ? decoded({ kind: 'text', text }) : rejected('not-a-frame');
}

const VERSION = /^(?:V[\x20-\x7e]{1,128}|v\w{1,32})$/;
const SERIAL = /^N[\x20-\x7e]{1,32}$/;
const STATUS = /^F[0-9A-Fa-f]{2}$/;
/** Two words or more, in one of them three letters in a row that are no hex digits: no remains of frames look so. */
const TEXT = /^(?=.* )(?=.*[g-zG-Z]{3})[\x20-\x7e]+$/;

/** What an adapter sends, for a simulated one; the inverse of `SlcanParser`. */
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
    case 'text':
      return Buffer.from(`${item.text}\r`, 'latin1');
  }
}
