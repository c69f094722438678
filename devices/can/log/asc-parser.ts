import { CAN_FD_LENGTHS, type CanFrame, isCanId, MAX_CAN_DATA_BYTES } from '#devices/can/can-frame.ts';
import { type Decoded, decoded, rejected } from '#devices/decoded.ts';
import type { CanLogRecord, CanLogRejection } from './can-log-record.ts';

/** What a line with a time is, or why it is no frame; `undefined` for events that are none. */
type Reading = Decoded<Omit<CanLogRecord, 'timeMs'>, CanLogRejection> | undefined;

//                  channel id       direction kind  length code     data and the rest
const CLASSICAL = /^(\d+)\s+(\S+)\s+(Rx|Tx)\s+([dr])(?:\s+([0-9a-f]))?(?=\s|$)\s*(.*)$/i;
const ERROR_FRAME = /^(?:\d+|CANFD\s+\d+\s+(?:Rx|Tx))\s+ErrorFrame\b/i;
//                    channel direction id     name?                 switch state   code         length  data and the rest
const FD =
  /^CANFD\s+(\d+)\s+(Rx|Tx)\s+(\S+)\s+(?:(?![01]\s)\S+\s+)?([01])\s+[01]\s+([0-9a-f])\s+(\d{1,2})(?=\s|$)\s*(.*)$/i;
const HEADING = /^(?:date\b|base\b|(?:no\s+)?internal\s+events\s+logged|\/\/|begin\b|end\b|previous\s+log\s+file\b)/i;
const TIMED = /^(\d{1,12}(?:\.\d{1,9})?)\s+(\S.*)$/;
/** The id in numbers, where the message stands by its name. */
const NUMERICAL_ID = /\bID\s*=\s*(\d{1,10}x?)(?:\s|$)/i;

/** Bits of the flags behind the data of a CANFD line. */
const FLAG_REMOTE = 0x10;
const FLAG_FD = 0x1000;

/**
 * Parses the lines of an ASCII log of Vector's tools (CANalyzer, CANoe), which others write too. Times count from the start of the measurement.
 *
 * ```text
 * base hex  timestamps absolute
 *    0.200134 2  18FEF100x       Rx   d 2 FF FF                 x: extended; d data, r remote
 *    0.750288 CANFD   2 Rx        123  Name  1 0 9 12 00 11 …   bit rate switch, error state, length code, bytes
 *    1.750288 2  ErrorFrame
 * ```
 * @see Vector, "CAN, Log & Trigger ASC Logging Format", sections 3.1, 3.3 and 3.4
 */
export class AscParser {
  #radix: 10 | 16 = 16;
  #isRelative = false;
  #timeMs = 0;

  /** @returns `undefined` for headings, comments and events that are no frames */
  parse(text: string): Decoded<CanLogRecord, CanLogRejection> | undefined {
    const line = text.trim();
    const timed = TIMED.exec(line);
    if (timed === null) {
      if (!HEADING.test(line)) return rejected('not-a-record');
      this.#readHeading(line);
      return undefined;
    }
    const ms = Math.round(Number(timed[1]) * 1e6) / 1e3;
    this.#timeMs = this.#isRelative ? this.#timeMs + ms : ms;
    const reading = this.#read(timed[2] ?? '');
    if (reading?.isDecoded !== true) return reading;
    return decoded({ ...reading.value, timeMs: this.#timeMs });
  }

  #readHeading(line: string): void {
    const [, base, timestamps] = /^base\s+(hex|dec)(?:\s+timestamps\s+(absolute|relative))?/i.exec(line) ?? [];
    if (base !== undefined) this.#radix = base.toLowerCase() === 'dec' ? 10 : 16;
    if (timestamps !== undefined) this.#isRelative = timestamps.toLowerCase() === 'relative';
  }

  #read(event: string): Reading {
    if (ERROR_FRAME.test(event)) return rejected('error-frame');
    const fd = FD.exec(event);
    if (fd !== null) return this.#readFd(fd);
    const classical = CLASSICAL.exec(event);
    return classical === null ? undefined : this.#readClassical(classical);
  }

  #readClassical([, channel = '', idText = '', direction = '', kind, code, rest = '']: RegExpExecArray): Reading {
    const id = this.#readId(idText, rest);
    if (!id.isDecoded) return id;
    const isRemote = kind?.toLowerCase() === 'r';
    if (code === undefined && !isRemote) return rejected('bad-length');
    const sizeBytes = isRemote ? 0 : Math.min(MAX_CAN_DATA_BYTES, Number.parseInt(code ?? '0', 16));
    const data = this.#readBytes(rest, sizeBytes);
    return data.isDecoded ? record(channel, direction, { ...id.value, isRemote, data: data.value }) : data;
  }

  #readFd([, channel = '', direction = '', idText = '', brs, code = '0', length, rest = '']: RegExpExecArray): Reading {
    const id = this.#readId(idText, '');
    if (!id.isDecoded) return id;
    const sizeBytes = Number(length);
    // Behind the data: how long it took, its bits, its flags.
    const flagsText = rest.split(/\s+/)[sizeBytes + 2];
    const flags = flagsText === undefined ? FLAG_FD : Number.parseInt(flagsText, 16);
    const isFd = (flags & FLAG_FD) !== 0;
    const isRemote = !isFd && (flags & FLAG_REMOTE) !== 0;
    const stated = CAN_FD_LENGTHS[Number.parseInt(code, 16)] ?? 0;
    const expected = isRemote ? 0 : isFd ? stated : Math.min(stated, MAX_CAN_DATA_BYTES);
    if (sizeBytes !== expected) return rejected('bad-length');
    const data = this.#readBytes(rest, sizeBytes);
    if (!data.isDecoded) return data;
    const frame: CanFrame = { ...id.value, isRemote, data: data.value };
    return record(channel, direction, isFd ? { ...frame, isFd, isBitrateSwitched: brs === '1' } : frame);
  }

  #readId(text: string, rest: string): Decoded<Pick<CanFrame, 'id' | 'isExtended'>, 'bad-id'> {
    const digits = this.#radix === 16 ? /^[0-9a-f]{1,8}x?$/i : /^\d{1,10}x?$/i;
    const named = digits.test(text) ? undefined : NUMERICAL_ID.exec(rest)?.[1];
    const chosen = named ?? text;
    if (named === undefined && !digits.test(text)) return rejected('bad-id');
    const isExtended = /x$/i.test(chosen);
    // Without the x, since `0x` alone would be the prefix of a number.
    const id = Number.parseInt(chosen.replace(/x$/i, ''), named === undefined ? this.#radix : 10);
    return isCanId(id, isExtended) ? decoded({ id, isExtended }) : rejected('bad-id');
  }

  #readBytes(rest: string, sizeBytes: number): Decoded<Uint8Array, 'bad-data' | 'bad-length'> {
    const words = rest.split(/\s+/, sizeBytes).filter((word) => word !== '');
    if (words.length < sizeBytes) return rejected('bad-length');
    const digits = this.#radix === 16 ? /^[0-9a-f]{1,2}$/i : /^\d{1,3}$/;
    const data = new Uint8Array(sizeBytes);
    for (const [index, word] of words.entries()) {
      const byte = digits.test(word) ? Number.parseInt(word, this.#radix) : 256;
      if (byte > 0xff) return rejected('bad-data');
      data[index] = byte;
    }
    return decoded(data);
  }
}

function record(channel: string, direction: string, frame: CanFrame): Reading {
  return decoded({ frame, channel, direction: direction.toLowerCase() === 'tx' ? 'tx' : 'rx' });
}
