import type { CanFrame } from '#devices/can/can-frame.ts';
import { ISO_TP, ISO_TP_TIMEOUT_MS, MAX_SHORT_LENGTH_BYTES } from './iso-tp.ts';
import { peerId } from './obd-address.ts';

/** One whole message. */
export interface IsoTpMessage {
  /** Of its frames. */
  readonly id: number;
  readonly isExtended: boolean;
  readonly payload: Uint8Array;
  /** Came in more than one frame. */
  readonly isSegmented: boolean;
  /** Of its first frame, if it had one. */
  readonly timestampMs?: number;
}

/** Why frames did not become a message. */
export type IsoTpRejection =
  /** A frame without data, of a reserved type, or a reserved flow control. */
  | 'bad-type'
  /** A length that its frame type cannot have. */
  | 'bad-length'
  /** A frame ends before its length says. */
  | 'short-frame'
  /** A message longer than is taken. */
  | 'too-long'
  /** A consecutive frame that continues nothing, or that the receiver had not asked for yet. */
  | 'unexpected-consecutive'
  /** A consecutive frame is missing, or out of order. */
  | 'wrong-sequence'
  /** A consecutive frame came twice in a row; the second is passed over. */
  | 'repeated-frame'
  /** Another message begins before this one was complete. */
  | 'replaced'
  /** The next frame did not come in time. */
  | 'timeout'
  /** The receiver refused the message. */
  | 'overflow'
  /** The receiver speaks in the middle of a block: of what was heard, something is missing. */
  | 'unexpected-control'
  /** More senders at once than are followed; the one that was heard of least recently is given up. */
  | 'too-many';

/** Senders that are followed at the same time. */
export const MAX_TRANSFERS = 64;
/** Senders that are remembered because their receivers are heard. */
const MAX_CONTROLLED = 1024;
/** Longest message that is taken unless told otherwise: nothing of on-board diagnostics is longer. */
export const MAX_ISO_TP_MESSAGE_BYTES = MAX_SHORT_LENGTH_BYTES;

interface Transfer {
  readonly id: number;
  readonly isExtended: boolean;
  readonly payload: Uint8Array;
  readonly timestampMs: number | undefined;
  sizeBytes: number;
  sequence: number;
  /** Bytes that the last consecutive frame brought; 0 before the first one. */
  lastBytes: number;
  deadlineMs: number;
  /** Consecutive frames until the receiver must speak; infinite: it need not, or has not been heard. */
  creditCount: number;
  isControlHeard: boolean;
}

/**
 * Puts messages together out of the frames of any number of senders, in the order of their ends. A listener: it sends nothing, and
 * understands what receivers answer where it is heard. Frames of one identifier that are not of this protocol are refused.
 *
 * A message is right or absent as long as not every frame between two pieces that happen to fit is lost: sequence numbers have
 * four bits, and that is all the protocol has.
 *
 * @see ISO 15765-2
 */
export class IsoTpReassembler {
  readonly #onMessage: (message: IsoTpMessage) => void;
  readonly #maxMessageBytes: number;
  readonly #transfers = new Map<number, Transfer>();
  /** Senders whose receivers are heard as well: those must have spoken before a message goes on. */
  readonly #controlled = new Set<number>();
  readonly #rejections: Record<IsoTpRejection, number> = {
    'bad-type': 0,
    'bad-length': 0,
    'short-frame': 0,
    'too-long': 0,
    'unexpected-consecutive': 0,
    'wrong-sequence': 0,
    'repeated-frame': 0,
    replaced: 0,
    timeout: 0,
    overflow: 0,
    'unexpected-control': 0,
    'too-many': 0,
  };

  constructor(onMessage: (message: IsoTpMessage) => void, maxMessageBytes = MAX_ISO_TP_MESSAGE_BYTES) {
    this.#onMessage = onMessage;
    this.#maxMessageBytes = maxMessageBytes;
  }

  /** By reason, so far. */
  get rejections(): Readonly<Record<IsoTpRejection, number>> {
    return this.#rejections;
  }

  /** Messages that have begun and not ended. */
  get openCount(): number {
    return this.#transfers.size;
  }

  /** @param nowMs monotonic; of a log, its time */
  take(frame: CanFrame, nowMs: number): void {
    const head = frame.isRemote ? Number.NaN : (frame.data[0] ?? Number.NaN);
    const type = head >> 4;
    if (Number.isNaN(head)) this.#reject('bad-type');
    else if (type === ISO_TP.single) this.#single(frame, head);
    else if (type === ISO_TP.first) this.#first(frame, head, nowMs);
    else if (type === ISO_TP.consecutive) this.#consecutive(frame, head & 0x0f, nowMs);
    else if (type === ISO_TP.flowControl) this.#control(frame, head & 0x0f, nowMs);
    else this.#reject('bad-type');
  }

  /** Gives up what has waited too long. */
  tick(nowMs: number): void {
    for (const [key, { deadlineMs }] of this.#transfers) if (nowMs >= deadlineMs) this.#end(key, 'timeout');
  }

  /** Nothing more will come: what is open stays incomplete. */
  flush(): void {
    this.tick(Number.POSITIVE_INFINITY);
  }

  #single({ id, isExtended, data, timestampMs }: CanFrame, head: number) {
    const isLong = data.length > 8;
    const sizeBytes = isLong ? (data[1] ?? 0) : head & 0x0f;
    const start = isLong ? 2 : 1;
    // In a long frame the low digit is zero and the length one that a short frame could not hold.
    if (sizeBytes === 0 || (isLong ? (head & 0x0f) !== 0 || sizeBytes < 7 : sizeBytes > 7))
      return this.#reject('bad-length');
    if (start + sizeBytes > data.length) return this.#reject('short-frame');
    this.#replace(keyOf(id, isExtended));
    const payload = data.slice(start, start + sizeBytes);
    this.#give({ id, isExtended, timestampMs, payload }, false);
  }

  #first({ id, isExtended, data, timestampMs }: CanFrame, head: number, nowMs: number) {
    const key = keyOf(id, isExtended);
    this.#replace(key);
    if (data.length < 8) return this.#reject('short-frame');
    let sizeBytes = ((head & 0x0f) << 8) | (data[1] ?? 0);
    const isEscaped = sizeBytes === 0;
    const start = isEscaped ? 6 : 2;
    if (isEscaped) for (let index = 2; index < 6; index++) sizeBytes = sizeBytes * 256 + (data[index] ?? 0);
    const fitsSingle = data.length > 8 ? data.length - 2 : 7;
    if (isEscaped ? sizeBytes <= MAX_SHORT_LENGTH_BYTES : sizeBytes <= fitsSingle) return this.#reject('bad-length');
    if (sizeBytes > this.#maxMessageBytes) return this.#reject('too-long');
    if (this.#transfers.size >= MAX_TRANSFERS) this.#giveUpOldest();
    const payload = new Uint8Array(sizeBytes);
    payload.set(data.subarray(start));
    this.#transfers.set(key, {
      ...{ id, isExtended, payload, timestampMs, sizeBytes: data.length - start, sequence: 0, lastBytes: 0 },
      ...{ deadlineMs: nowMs + ISO_TP_TIMEOUT_MS, creditCount: Number.POSITIVE_INFINITY, isControlHeard: false },
    });
  }

  #consecutive({ id, isExtended, data }: CanFrame, sequence: number, nowMs: number) {
    const key = keyOf(id, isExtended);
    const transfer = this.#transfers.get(key);
    if (transfer === undefined) return this.#reject('unexpected-consecutive');
    if (nowMs >= transfer.deadlineMs) return this.#end(key, 'timeout');
    const { payload, lastBytes } = transfer;
    if (sequence === transfer.sequence && lastBytes > 0 && isRepeated(transfer, data))
      return this.#reject('repeated-frame');
    if (sequence !== ((transfer.sequence + 1) & 0x0f)) return this.#end(key, 'wrong-sequence');
    const takenBytes = Math.min(data.length - 1, payload.length - transfer.sizeBytes);
    const isLast = transfer.sizeBytes + takenBytes === payload.length;
    if (transfer.lastBytes === 0 && !transfer.isControlHeard && this.#controlled.has(key))
      return this.#end(key, 'unexpected-consecutive');
    // All but the last are full; a classical one that is not has lost its end.
    if (takenBytes === 0 || (!isLast && data.length < 8)) return this.#end(key, 'short-frame');
    payload.set(data.subarray(1, 1 + takenBytes), transfer.sizeBytes);
    transfer.sizeBytes += takenBytes;
    transfer.sequence = sequence;
    transfer.lastBytes = takenBytes;
    transfer.creditCount--;
    transfer.deadlineMs = nowMs + ISO_TP_TIMEOUT_MS;
    if (!isLast) return;
    this.#transfers.delete(key);
    this.#give(transfer, true);
  }

  /** Of the receiver, so it comes under the identifier of the other direction. */
  #control({ id, isExtended, data }: CanFrame, status: number, nowMs: number) {
    if (status > 2 || data.length < 3) return this.#reject('bad-type');
    const key = keyOf(peerId(id, isExtended), isExtended);
    if (this.#controlled.size < MAX_CONTROLLED) this.#controlled.add(key);
    const transfer = this.#transfers.get(key);
    if (transfer === undefined) return;
    if (status === 2) return this.#end(key, 'overflow');
    // A receiver speaks after the first frame and at the end of each block; in between, what it answers was not heard.
    const isExpected = transfer.isControlHeard ? transfer.creditCount <= 0 : transfer.lastBytes === 0;
    if (!isExpected) return this.#end(key, 'unexpected-control');
    transfer.deadlineMs = nowMs + ISO_TP_TIMEOUT_MS;
    if (status === 1) return;
    const blockSize = data[1] ?? 0;
    transfer.isControlHeard = true;
    transfer.creditCount = blockSize === 0 ? Number.POSITIVE_INFINITY : blockSize;
  }

  #give(
    message: Omit<IsoTpMessage, 'isSegmented' | 'timestampMs'> & { timestampMs?: number | undefined },
    isSegmented: boolean,
  ) {
    const { id, isExtended, payload, timestampMs } = message;
    this.#onMessage({ id, isExtended, payload, isSegmented, ...(timestampMs === undefined ? {} : { timestampMs }) });
  }

  #replace(key: number): void {
    if (this.#transfers.has(key)) this.#end(key, 'replaced');
  }

  #giveUpOldest(): void {
    const [oldest] = [...this.#transfers].sort(([, a], [, b]) => a.deadlineMs - b.deadlineMs);
    if (oldest !== undefined) this.#end(oldest[0], 'too-many');
  }

  #end(key: number, reason: IsoTpRejection): void {
    this.#transfers.delete(key);
    this.#reject(reason);
  }

  #reject(reason: IsoTpRejection): void {
    this.#rejections[reason]++;
  }
}

/** Base and extended identifiers are two spaces. */
function keyOf(id: number, isExtended: boolean): number {
  return isExtended ? id + 0x2000_0000 : id;
}

function isRepeated({ payload, sizeBytes, lastBytes }: Transfer, data: Uint8Array): boolean {
  const start = sizeBytes - lastBytes;
  for (let index = 0; index < lastBytes; index++) if (payload[start + index] !== data[1 + index]) return false;
  return data.length > lastBytes;
}
