import { MAX_EXTENDED_ID, MAX_STANDARD_ID } from '#devices/can/can-frame.ts';
import type { DbcWarningReason } from './dbc-warning.ts';

/** The identifier of a message, as frames have it. */
export interface MessageId {
  readonly id: number;
  readonly isExtended: boolean;
  /** What is odd about the way it is written. */
  readonly doubt?: DbcWarningReason;
}

/**
 * What the number in a DBC stands for: bit 31 says that the identifier is extended. Files in use leave that bit out where only an extended
 * frame can be meant, set bits 29 and 30, or write the 32 bits as a negative number.
 *
 * @returns undefined where no identifier can be meant
 */
export function parseMessageId(written: bigint): MessageId | undefined {
  const bits = Number(BigInt.asUintN(32, written));
  const isNegative = written < 0n;
  if (written !== BigInt(bits) - (isNegative ? 2n ** 32n : 0n)) return undefined;
  const id = bits % (MAX_EXTENDED_ID + 1);
  const isMarked = bits >= EXTENDED_BIT;
  const isExtended = isMarked || id > MAX_STANDARD_ID;
  const isBeyond = id !== (isMarked ? bits - EXTENDED_BIT : bits);
  if (isNegative) return isBeyond ? undefined : { id, isExtended, doubt: 'negative-id' };
  if (isBeyond) return { id, isExtended, doubt: 'id-beyond-29-bits' };
  return isExtended && !isMarked ? { id, isExtended, doubt: 'id-without-extended-bit' } : { id, isExtended };
}

const EXTENDED_BIT = 0x8000_0000;
