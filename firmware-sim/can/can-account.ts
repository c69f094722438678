import type { CanFrame } from '#devices/can/can-frame.ts';
import type { ChannelMode } from './adapter-dialogue.ts';

/** One line of the account of a CAN port that `--ledger FILE` keeps. Every frame is in one of the counts; none has a line of its own. */
export type CanLedgerLine = { readonly port: string; readonly time: string } & CanLedgerEvent;

/** What happened at a port. */
export type CanLedgerEvent =
  | FramesEvent
  /** A host opened the channel. `normal`: the adapter acknowledges what others send, so the host is a part of the bus [S4]. */
  | { readonly event: 'opened'; readonly mode: ChannelMode; readonly bitrate: number }
  | { readonly event: 'closed' }
  /** A frame of the host went on the bus. */
  | { readonly event: 'transmitted'; readonly id: string }
  /** A frame of the host did not: the channel was not open for it. */
  | { readonly event: 'refused'; readonly id: string };

/** Where all frames so far are; written at intervals, and at the end. */
export interface FramesEvent extends FrameCounts {
  readonly event: 'frames';
  /** That were on the wire. */
  readonly bits: number;
  /** The most frames that ever waited in the adapter. */
  readonly deepest: number;
  readonly ids: readonly IdAccount[];
}

/** Since the start. */
export interface FrameCounts {
  /** Frames that were on the bus: those sent, overrun and unheard. */
  readonly made: number;
  /** Given to the port. */
  readonly sent: number;
  /** Lost in the adapter, because the host or the line did not keep up. */
  readonly overrun: number;
  /** Nobody listened: no channel was open, the adapter was off the bus, silent or unplugged, or the host went before it got them. */
  readonly unheard: number;
}

/** The frames of one identifier. */
export interface IdAccount extends FrameCounts {
  /** 3 hex digits; extended ones 8. */
  readonly id: string;
  /** Of all frames sent: see {@link CheckValue}. */
  readonly check: string;
  /** Data of the last frame sent, in hex. */
  readonly last: string;
}

/** What became of the frames of a bus. At thousands a second only counts and check values can keep account. */
export class CanAccount {
  readonly #ids = new Map<number, IdCounts>();
  #made = 0;
  #sent = 0;
  #overrun = 0;
  #unheard = 0;

  get counts(): FrameCounts {
    return { made: this.#made, sent: this.#sent, overrun: this.#overrun, unheard: this.#unheard };
  }

  /** A frame was on the bus; what becomes of it is told by one of the others. */
  make(frame: CanFrame): void {
    this.#made += 1;
    this.#of(frame).made += 1;
  }

  send(frame: CanFrame): void {
    this.#sent += 1;
    const counts = this.#of(frame);
    counts.sent += 1;
    counts.check.add(frame.data);
    counts.last = frame.data;
  }

  lose(frame: CanFrame, reason: 'overrun' | 'unheard'): void {
    if (reason === 'overrun') this.#overrun += 1;
    else this.#unheard += 1;
    this.#of(frame)[reason] += 1;
  }

  /** Each identifier, lowest first. */
  ids(): readonly IdAccount[] {
    const keys = [...this.#ids.keys()].toSorted((a, b) => a - b);
    return keys.flatMap((key) => {
      const found = this.#ids.get(key);
      if (found === undefined) return [];
      const { check, id, last, made, overrun, sent, unheard } = found;
      return [{ id, made, sent, overrun, unheard, check: check.toString(), last: Buffer.from(last).toString('hex') }];
    });
  }

  #of(frame: CanFrame): IdCounts {
    const key = frame.isExtended ? 2 ** 29 + frame.id : frame.id;
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const fresh = {
      id: idText(frame),
      made: 0,
      sent: 0,
      overrun: 0,
      unheard: 0,
      check: new CheckValue(),
      last: NOTHING,
    };
    this.#ids.set(key, fresh);
    return fresh;
  }
}

interface IdCounts {
  readonly id: string;
  made: number;
  sent: number;
  overrun: number;
  unheard: number;
  readonly check: CheckValue;
  last: Uint8Array;
}

const NOTHING = new Uint8Array();

/** As `candump` writes it. */
export function idText({ id, isExtended }: CanFrame): string {
  return id
    .toString(16)
    .toUpperCase()
    .padStart(isExtended ? 8 : 3, '0');
}

/** The check value of a sequence of payloads: FNV-1a of 32 bits over the length and the bytes of each, in eight hex digits. */
export class CheckValue {
  #hash = 0x811c9dc5;

  add(data: Uint8Array): void {
    this.#take(data.length);
    for (const byte of data) this.#take(byte);
  }

  toString(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, '0');
  }

  #take(byte: number): void {
    this.#hash = Math.imul(this.#hash ^ byte, 0x01000193);
  }
}
