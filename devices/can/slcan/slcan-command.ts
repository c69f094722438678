import type { CanFrame } from '#devices/can/can-frame.ts';
import { type Decoded, decoded, rejected } from '#devices/decoded.ts';
import { decodeSlcanFrame, encodeSlcanFrame, type SlcanFrameRejection } from './slcan-frame.ts';
import { SlcanLineCutter } from './slcan-lines.ts';

/** What a host asks of an SLCAN adapter. */
export type SlcanCommand =
  /** CR alone: clears what an adapter may have half received. */
  | { readonly kind: 'flush' }
  /** `S0` to `S8`. */
  | { readonly kind: 'bitrate'; readonly bitrate: SlcanBitrate }
  /** `O`: receives, acknowledges and may transmit. */
  | { readonly kind: 'open' }
  /** `L`: receives without disturbing the bus. */
  | { readonly kind: 'listen' }
  /** `C` */
  | { readonly kind: 'close' }
  /** `Z0`, `Z1` */
  | { readonly kind: 'timestamps'; readonly isOn: boolean }
  /** `M0`, `M1`, before `O`: of CANable, where no frame leaves the adapter in silent mode, not even an acknowledgement. */
  | { readonly kind: 'silent'; readonly isOn: boolean }
  /** `Mxxxxxxxx`, of Lawicel: which frames pass. */
  | { readonly kind: 'acceptanceCode'; readonly value: number }
  /** `mxxxxxxxx` */
  | { readonly kind: 'acceptanceMask'; readonly value: number }
  | { readonly kind: 'version' }
  | { readonly kind: 'serial' }
  | { readonly kind: 'status' }
  | { readonly kind: 'transmit'; readonly frame: CanFrame };

/** Bits per second of `S0` to `S8`, in that order. */
export const SLCAN_BITRATES = [10_000, 20_000, 50_000, 100_000, 125_000, 250_000, 500_000, 800_000, 1_000_000] as const;

/** A bit rate that has a command. */
export type SlcanBitrate = (typeof SLCAN_BITRATES)[number];

/** Whether an adapter can be told this bit rate. */
export function isSlcanBitrate(bitrate: number): bitrate is SlcanBitrate {
  return SLCAN_BITRATES.some((known) => known === bitrate);
}

/** Why an adapter does not understand a line. */
export type SlcanCommandRejection = SlcanFrameRejection | 'unknown-command' | 'bad-bitrate' | 'too-long';

/** Understands what a host sends, in any chunking and in fixed memory. For a simulated adapter, which answers each result in order. */
export class SlcanCommandParser {
  #results: Decoded<SlcanCommand, SlcanCommandRejection>[] = [];
  readonly #cutter = new SlcanLineCutter({
    onLine: (bytes, start, end) => this.#results.push(decodeSlcanCommand(bytes.subarray(start, end))),
    onBell: () => this.#results.push(rejected('unknown-command')),
    onOverlongLine: () => this.#results.push(rejected('too-long')),
  });

  /** Takes the next bytes as they came and gives the commands, and the lines that are none, that they complete. */
  push(chunk: Uint8Array): readonly Decoded<SlcanCommand, SlcanCommandRejection>[] {
    this.#results = [];
    this.#cutter.push(chunk);
    return this.#results;
  }
}

const BARE_COMMANDS: Readonly<Record<string, SlcanCommand>> = {
  '': { kind: 'flush' },
  O: { kind: 'open' },
  L: { kind: 'listen' },
  C: { kind: 'close' },
  Z0: { kind: 'timestamps', isOn: false },
  Z1: { kind: 'timestamps', isOn: true },
  M0: { kind: 'silent', isOn: false },
  M1: { kind: 'silent', isOn: true },
  V: { kind: 'version' },
  N: { kind: 'serial' },
  F: { kind: 'status' },
};

function decodeSlcanCommand(line: Uint8Array): Decoded<SlcanCommand, SlcanCommandRejection> {
  const frame = decodeSlcanFrame(line);
  if (frame.isDecoded) return decoded({ kind: 'transmit', frame: frame.value });
  if (frame.reason !== 'not-a-frame') return frame;
  const text = Buffer.from(line).toString('latin1');
  if (text.startsWith('S')) {
    const bitrate = SLCAN_BITRATES[/^S\d$/.test(text) ? Number(text[1]) : -1];
    return bitrate === undefined ? rejected('bad-bitrate') : decoded({ kind: 'bitrate', bitrate });
  }
  if (ACCEPTANCE.test(text)) {
    const value = Number.parseInt(text.slice(1), 16);
    return decoded({ kind: text.startsWith('M') ? 'acceptanceCode' : 'acceptanceMask', value });
  }
  const command = Object.hasOwn(BARE_COMMANDS, text) ? BARE_COMMANDS[text] : undefined;
  return command === undefined ? rejected('unknown-command') : decoded(command);
}

const ACCEPTANCE = /^[Mm][0-9A-Fa-f]{8}$/;

/** The inverse of {@link SlcanCommandParser}, with the CR. */
export function encodeSlcanCommand(command: SlcanCommand): Uint8Array {
  switch (command.kind) {
    case 'flush':
      return line('');
    case 'bitrate':
      return line(`S${SLCAN_BITRATES.indexOf(command.bitrate)}`);
    case 'open':
      return line('O');
    case 'listen':
      return line('L');
    case 'close':
      return line('C');
    case 'timestamps':
      return line(command.isOn ? 'Z1' : 'Z0');
    case 'silent':
      return line(command.isOn ? 'M1' : 'M0');
    case 'acceptanceCode':
      return line(`M${command.value.toString(16).toUpperCase().padStart(8, '0')}`);
    case 'acceptanceMask':
      return line(`m${command.value.toString(16).toUpperCase().padStart(8, '0')}`);
    case 'version':
      return line('V');
    case 'serial':
      return line('N');
    case 'status':
      return line('F');
    case 'transmit':
      return encodeSlcanFrame(command.frame);
  }
}

function line(text: string): Uint8Array {
  return Buffer.from(`${text}\r`);
}
