import type { CanFrame } from '#devices/can/can-frame.ts';

/** A tester asks all control units at once under these. @see ISO 15765-4, clause 10.3 */
export const FUNCTIONAL_ID = 0x7df;
export const FUNCTIONAL_EXTENDED_ID = 0x18db33f1;
/** The tester's own address where identifiers have 29 bits. */
const TESTER_ADDRESS = 0xf1;

/** Whose message an identifier carries. */
export interface ObdAddress {
  readonly role: 'request' | 'response';
  /** Of the control unit: the identifier of its answers (`7E8`), or its address of 8 bits (`10`); upper-case hex. Absent when all are asked. */
  readonly ecu?: string;
}

/**
 * What an identifier is to on-board diagnostics.
 *
 * ```text
 * 7DF 7E0–7E7         questions       7E8–7EF      answers
 * 18DB33F1 18DAxxF1   questions       18DAF1xx     answers (extended)
 * ```
 * @returns undefined for all others
 * @see ISO 15765-4, tables 5 to 8
 */
export function obdAddress({ id, isExtended }: Pick<CanFrame, 'id' | 'isExtended'>): ObdAddress | undefined {
  if (!isExtended) {
    if (id === FUNCTIONAL_ID) return { role: 'request' };
    if (id < 0x7e0 || id > 0x7ef) return undefined;
    return { role: id < 0x7e8 ? 'request' : 'response', ecu: hex(id | 0x8, 3) };
  }
  if (id === FUNCTIONAL_EXTENDED_ID) return { role: 'request' };
  // Priority is free in the first three bits; the parameter group is DA00.
  if (((id >>> 16) & 0x3ff) !== 0xda) return undefined;
  const [target, source] = [(id >> 8) & 0xff, id & 0xff];
  if (target === TESTER_ADDRESS) return { role: 'response', ecu: hex(source, 2) };
  return source === TESTER_ADDRESS ? { role: 'request', ecu: hex(target, 2) } : undefined;
}

/** The identifier under which flow control comes for what is sent under this one. */
export function peerId(id: number, isExtended: boolean): number {
  if (!isExtended) return id ^ 0x8;
  return ((id & 0x1fff0000) | ((id & 0xff) << 8) | ((id >> 8) & 0xff)) >>> 0;
}

function hex(value: number, digits: number): string {
  return value.toString(16).toUpperCase().padStart(digits, '0');
}
