import { MAX_SENTENCE_CHARS } from '#devices/nmea0183/nmea-sentence.ts';
import { isSoundRtcm, RTCM_HEADER_BYTES, RTCM_PREAMBLE, rtcmFrameBytes } from './rtcm-frame.ts';
import { isSoundSentence } from './sound-sentence.ts';
import {
  isSoundUbx,
  MAX_UBX_PAYLOAD_BYTES,
  UBX_CHECKSUM_BYTES,
  UBX_HEADER_BYTES,
  UBX_SYNC_1,
  type UbxFrame,
  ubxFrameBytes,
  viewUbx,
} from './ubx-frame.ts';
import { VainWork } from './vain-work.ts';

/** What a framer finds. The bytes are only valid during the call. */
export interface ReceiverHandler {
  /** A line of printable ASCII from `$` or `!` to before its line ending: `bytes[start]` to `bytes[end - 1]`. It may be anything but too long. */
  onLine(bytes: Uint8Array, start: number, end: number): void;
  /** A frame whose checksum holds. */
  onUbx(frame: UbxFrame): void;
}

/**
 * Cuts the one byte stream of a receiver into lines of NMEA 0183, frames of UBX and frames of RTCM 3 (which are counted only), whatever the chunks.
 * All else (other binary protocols, comments, noise, what was cut) is counted and dropped; it never judges what a line or frame says.
 *
 * **What is no frame costs one byte**: after a header without a valid checksum the search goes on behind its first byte, so whatever came in what
 * would have been its payload is found.
 *
 * **What is no frame holds nothing up**: a frame of up to {@link PATIENT_BYTES} is waited for, for it may bring text that looks like a sentence
 * (UBX-INF, UBX-LOG-STRING). A longer one is given up as soon as a sentence or a shorter UBX frame whose checksum holds has come to its end inside it.
 *
 * Memory is two frames of the longest kind. Work per byte is one step on what receivers send, and bounded on whatever else comes: see `vain-work.ts`.
 */
export class ReceiverFramer {
  readonly #handler: ReceiverHandler;
  /** Bytes that the next chunk must decide on. */
  readonly #held = new Uint8Array(HELD_BYTES);
  #heldCount = 0;
  /** Of the first byte that is held, or of the next chunk if none is, in the stream. */
  #streamOffset = 0;
  /** What must be added to an index of the bytes that are scanned, to get an offset in the stream. */
  #toStream = 0;
  /** How far the insides of long frames have been searched, and what was found last; offsets in the stream. */
  #searchedTo = 0;
  #soundStart = -1;
  #soundEnd = -1;
  readonly #vainWork = new VainWork();
  #itemOffset = 0;
  #discardedBytes = 0;
  #badFrames = 0;
  #rtcmFrames = 0;

  constructor(handler: ReceiverHandler) {
    this.#handler = handler;
  }

  /** During a call of the handler: where the first byte of the line or frame stands in the stream. */
  get itemOffset(): number {
    return this.#itemOffset;
  }

  /** Bytes that belonged neither to a line nor to a frame; line endings between lines are not counted. */
  get discardedBytes(): number {
    return this.#discardedBytes;
  }

  /** Headers of UBX or RTCM that no valid checksum followed. */
  get badFrames(): number {
    return this.#badFrames;
  }

  /** Sound frames of RTCM 3. */
  get rtcmFrames(): number {
    return this.#rtcmFrames;
  }

  /** Gives out what this chunk completes. */
  push(chunk: Uint8Array): void {
    let start = 0;
    while (this.#heldCount > 0 && start < chunk.length) {
      const before = this.#heldCount;
      const count = Math.min(chunk.length - start, HELD_BYTES - before);
      this.#held.set(chunk.subarray(start, start + count), before);
      const taken = this.#scan(this.#held, 0, before + count, false);
      this.#streamOffset += taken;
      if (taken >= before) {
        // Nothing is held any more: the rest is read where it stands.
        start += taken - before;
        this.#heldCount = 0;
      } else {
        start += count;
        this.#held.copyWithin(0, taken, before + count);
        this.#heldCount = before + count - taken;
      }
    }
    if (start === chunk.length) return;
    const end = this.#scan(chunk, start, chunk.length, false);
    this.#streamOffset += end - start;
    this.#heldCount = chunk.length - end;
    if (this.#heldCount > 0) this.#held.set(chunk.subarray(end), 0);
  }

  /**
   * The input has ended, or there is silence: no frame is waited for any longer, and a line without its line ending is taken as it stands.
   */
  flush(): void {
    const count = this.#heldCount;
    this.#heldCount = 0;
    this.#scan(this.#held, 0, count, true);
    this.#streamOffset += count;
  }

  /** @returns where the bytes begin that cannot be decided on yet; `end` if there are none, and if the input `isFinal` */
  #scan(bytes: Uint8Array, start: number, end: number, isFinal: boolean): number {
    this.#toStream = this.#streamOffset - start;
    let position = start;
    while (position < end) {
      const kind = KINDS[bytes[position] ?? 0];
      let next: number;
      if (kind === LINE) {
        next = this.#scanLine(bytes, position, end, isFinal);
      } else if (kind === UBX || kind === RTCM) {
        next = this.#scanFrame(bytes, position, end, isFinal);
      } else if (kind === ENDING) {
        next = position + 1;
      } else {
        next = position + 1;
        while (next < end && KINDS[bytes[next] ?? 0] === OTHER) next++;
        this.#discardedBytes += next - position;
      }
      if (next === UNDECIDED) return position;
      position = next;
    }
    return end;
  }

  #scanLine(bytes: Uint8Array, start: number, end: number, isFinal: boolean): number {
    const lineEnd = endOfText(bytes, start, end);
    const isTooLong = lineEnd - start > MAX_SENTENCE_CHARS;
    if (lineEnd === end && !isTooLong && !isFinal) return UNDECIDED;
    const isLine = !isTooLong && (lineEnd === end || KINDS[bytes[lineEnd] ?? 0] === ENDING);
    this.#itemOffset = this.#toStream + start;
    if (isLine) this.#handler.onLine(bytes, start, lineEnd);
    else this.#discardedBytes += lineEnd - start;
    return lineEnd;
  }

  #scanFrame(bytes: Uint8Array, start: number, end: number, isFinal: boolean): number {
    const sizeBytes = frameBytes(bytes, start, end);
    if (sizeBytes === undefined) return this.#skipByte(start);
    const frameEnd = start + sizeBytes;
    const isUbx = bytes[start] === UBX_SYNC_1;
    const isLong = sizeBytes > PATIENT_BYTES;
    const isCostly = isLong || !isUbx;
    if (isCostly && !this.#vainWork.allows(start + this.#toStream, sizeBytes)) return this.#skipBadHeader(start);
    if (isLong && this.#hasSoundInside(bytes, start, Math.min(frameEnd, end), frameEnd))
      return this.#skipBadHeader(start);
    if (frameEnd > end) return isFinal ? this.#skipBadHeader(start) : UNDECIDED;
    const isSound = isUbx ? isSoundUbx(bytes, start, frameEnd) : isSoundRtcm(bytes, start, frameEnd);
    if (!isSound) {
      if (isCostly) this.#vainWork.spend(sizeBytes);
      return this.#skipBadHeader(start);
    }
    this.#itemOffset = this.#toStream + start;
    if (isUbx) this.#handler.onUbx(viewUbx(bytes, start, frameEnd));
    else this.#rtcmFrames++;
    return frameEnd;
  }

  #skipByte(start: number): number {
    this.#discardedBytes++;
    return start + 1;
  }

  #skipBadHeader(start: number): number {
    this.#badFrames++;
    return this.#skipByte(start);
  }

  /**
   * Whether a sentence or a UBX frame of up to {@link PATIENT_BYTES} whose checksum holds lies inside a longer frame, as far as that has come. Bytes
   * are searched once, however many headers claim them.
   *
   * @param end of the bytes that are there, at most `frameEnd`
   */
  #hasSoundInside(bytes: Uint8Array, start: number, end: number, frameEnd: number): boolean {
    const toStream = this.#toStream;
    const isKnown = this.#soundStart > start + toStream;
    if (isKnown) return this.#soundEnd <= frameEnd + toStream;
    let position = Math.max(start + 1, this.#searchedTo - toStream);
    while (position < end) {
      const soundEnd = endOfSound(bytes, position, end);
      if (soundEnd === UNDECIDED) break;
      if (soundEnd !== NOT_SOUND) {
        this.#soundStart = position + toStream;
        this.#soundEnd = soundEnd + toStream;
        this.#searchedTo = this.#soundEnd;
        return true;
      }
      position++;
    }
    this.#searchedTo = position + toStream;
    return false;
  }
}

/** Longest frame that is waited for whatever comes inside it: more than a text message has, less than a second of bytes at most rates. */
export const PATIENT_BYTES = 512;

/** A longest frame, and as much again: what is held and the piece of a chunk that decides on it. */
const HELD_BYTES = 2 * (UBX_HEADER_BYTES + MAX_UBX_PAYLOAD_BYTES + UBX_CHECKSUM_BYTES);

const UNDECIDED = -1;
const NOT_SOUND = -2;

/** Behind the printable characters that follow `bytes[start]`, at most one more than a line may have. */
function endOfText(bytes: Uint8Array, start: number, end: number): number {
  const limit = Math.min(end, start + MAX_SENTENCE_CHARS + 1);
  let position = start + 1;
  while (position < limit && IS_TEXT[bytes[position] ?? 0] === 1) position++;
  return position;
}

/** The length of the frame whose first byte this is; of as much as its header while that has not come whole; undefined if it is none. */
function frameBytes(bytes: Uint8Array, start: number, end: number): number | undefined {
  const isUbx = bytes[start] === UBX_SYNC_1;
  const headerBytes = isUbx ? UBX_HEADER_BYTES : RTCM_HEADER_BYTES;
  if (end - start < headerBytes) return headerBytes;
  return isUbx ? ubxFrameBytes(bytes, start) : rtcmFrameBytes(bytes, start);
}

/** The end of the sound sentence or short UBX frame that begins here, else {@link NOT_SOUND}, or {@link UNDECIDED} while its end has not come. */
function endOfSound(bytes: Uint8Array, start: number, end: number): number {
  const kind = KINDS[bytes[start] ?? 0];
  if (kind === LINE) {
    const lineEnd = endOfText(bytes, start, end);
    if (lineEnd === end) return lineEnd - start > MAX_SENTENCE_CHARS ? NOT_SOUND : UNDECIDED;
    const isSound = KINDS[bytes[lineEnd] ?? 0] === ENDING && isSoundSentence(bytes, start, lineEnd);
    return isSound ? lineEnd : NOT_SOUND;
  }
  if (kind !== UBX) return NOT_SOUND;
  const sizeBytes = frameBytes(bytes, start, end);
  if (sizeBytes === undefined || sizeBytes > PATIENT_BYTES) return NOT_SOUND;
  const frameEnd = start + sizeBytes;
  if (frameEnd > end) return UNDECIDED;
  return isSoundUbx(bytes, start, frameEnd) ? frameEnd : NOT_SOUND;
}

/** What a byte outside lines and frames begins. */
const OTHER = 0;
const ENDING = 1;
const LINE = 2;
const UBX = 3;
const RTCM = 4;
const KINDS = new Uint8Array(256);
KINDS[0x0a] = ENDING;
KINDS[0x0d] = ENDING;
KINDS[0x21] = LINE;
KINDS[0x24] = LINE;
KINDS[UBX_SYNC_1] = UBX;
KINDS[RTCM_PREAMBLE] = RTCM;

/** 1 for what may follow in a line: printable ASCII that begins none. */
const IS_TEXT = Uint8Array.from({ length: 256 }, (_, byte) =>
  Number(byte >= 0x20 && byte <= 0x7e && KINDS[byte] === 0),
);
