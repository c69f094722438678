import { judgeLine } from '#devices/nmea0183/line-checksum.ts';
import { ReceiverFramer } from '#devices/ubx/receiver-framer.ts';
import type { UbxFrame } from '#devices/ubx/ubx-frame.ts';
import { decodeUbxMessage } from '#devices/ubx/ubx-message.ts';

/** Kinds of messages that are told apart; more are counted together. */
export const MAX_MESSAGE_KINDS = 64;
const OTHERS = 'others';

/** Counts what a receiver says by message, whether or not its content is of use: for whoever wants to know what is on a port. */
export class ReceiverCensus {
  readonly #counts = new Map<string, number>();
  readonly #protocols = { nmea0183: 0, ubx: 0 };
  readonly #framer = new ReceiverFramer({
    onLine: (bytes, start, end) => this.#takeLine(bytes, start, end),
    onUbx: (frame) => this.#takeFrame(frame),
  });
  #version: readonly string[] | undefined;

  push(chunk: Uint8Array): void {
    this.#framer.push(chunk);
  }

  /** Whole messages so far: `GPRMC`, `PUBX` (proprietary ones by their first field), `UBX-NAV-PVT`, `UBX-02-15` (class and id of others). */
  get counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  /** Those of proved soundness by protocol; `rtcm3` are corrections, which say nothing of where the receiver is. */
  get protocols(): Readonly<Record<'nmea0183' | 'ubx' | 'rtcm3', number>> {
    return { ...this.#protocols, rtcm3: this.#framer.rtcmFrames };
  }

  /** What the receiver says it is, in answer to a poll of UBX-MON-VER: software, hardware, extensions. */
  get version(): readonly string[] | undefined {
    return this.#version;
  }

  /** A line without a checksum is counted by its name, for receivers that send none, and proves nothing. */
  #takeLine(bytes: Uint8Array, start: number, end: number): void {
    const verdict = judgeLine(bytes, start, end);
    if (verdict !== 'right' && verdict !== 'no-checksum') return;
    const address = ADDRESS.exec(Buffer.from(bytes.subarray(start + 1, end)).toString('latin1'))?.[0];
    if (address === undefined) return;
    if (verdict === 'right') this.#protocols.nmea0183++;
    this.#count(address);
  }

  #takeFrame(frame: UbxFrame): void {
    this.#protocols.ubx++;
    const message = decodeUbxMessage(frame);
    const known = message?.isDecoded === true ? message.value : undefined;
    if (known?.type === 'MON-VER') this.#version = [known.softwareVersion, known.hardwareVersion, ...known.extensions];
    this.#count(`UBX-${known?.type ?? `${hex(frame.messageClass)}-${hex(frame.messageId)}`}`);
  }

  #count(name: string): void {
    const isRoom = this.#counts.has(name) || this.#counts.size < MAX_MESSAGE_KINDS;
    const key = isRoom ? name : OTHERS;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }
}

/** Talker and type, or `P` and a maker's letters. */
const ADDRESS = /^[A-Z][A-Z0-9]{3,7}(?=,)/;

function hex(byte: number): string {
  return byte.toString(16).toUpperCase().padStart(2, '0');
}
